"""From query to lock: what is said about the data, and never changes them.

`sign` puts a signature under forms as they stand; a later edit voids it.
"""

from calcitrial.quality.by_hand import by_hand_problems
from calcitrial.quality.signatures import Signature, is_authentic, meanings, sign, signature_of, signatures_in

__all__ = ["Signature", "by_hand_problems", "is_authentic", "meanings", "sign", "signature_of", "signatures_in"]
