"""Check an allocation with nothing of ours: python check_allocation.py FILE, made by `allocation STUDY --json FILE`."""

import hashlib
import hmac
import json
import sys
from pathlib import Path

told = json.loads(Path(sys.argv[1]).read_text("utf-8"))
secret, size = bytes.fromhex(told["secret"]), told["block"]
times = size // sum(told["ratio"])
block = [arm for arm, share in zip(told["arms"], told["ratio"], strict=True) for _ in range(share * times)]
wrong = [] if hashlib.sha256(secret).hexdigest() == told["commitment"] else ["the secret is not the committed one"]
for one in told["assignments"]:
    number, place = divmod(one["slot"] - 1, size)
    name = f"{told['study']}|{one['stratum']}|{number}"
    order = sorted(range(size), key=lambda i: hmac.digest(secret, f"{name}|{i}".encode(), "sha256"))
    if block[order[place]] != one["arm"]:
        wrong.append(f"{one['lesion'] or one['participant']} is in {one['arm']}, not {block[order[place]]}")
print("\n".join(wrong) or f"{len(told['assignments'])} assignments, all as the secret gives them.")
sys.exit(bool(wrong))
