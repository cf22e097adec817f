// Skip rules as the server sends them (nested lists), in three values: true, false, and null for not known.

const compare = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** Return what a rule says of these answers (by item; null where nothing is known). */
export function evaluate(rule, answers) {
  const [kind, ...parts] = rule;
  if (kind === "item") return answers[parts[0]] ?? null;
  if (kind === "value") return parts[0];
  if (kind === "!") return negated(evaluate(parts[0], answers));
  if (kind === "&&" || kind === "||") return joined(kind === "||", parts.map((part) => evaluate(part, answers)));
  const left = evaluate(parts[0], answers);
  if (left === null) return null;
  if (kind === "in") {
    const among = parts[1].slice(1).map((part) => evaluate(part, answers));
    return among.includes(left) ? true : among.includes(null) ? null : false;
  }
  const right = evaluate(parts[1], answers);
  return right === null ? null : compare[kind](left, right);
}

function negated(value) {
  return value === null ? null : !value;
}

/** One `decisive` value decides; without it a value that is not known leaves the whole unknown. */
function joined(decisive, values) {
  if (values.includes(decisive)) return decisive;
  return values.includes(null) ? null : !decisive;
}

/** Return an answer as rules compare it; null where it says nothing or cannot be read. */
export function typed(text, type) {
  const said = text.trim();
  if (said === "") return null;
  if (type === "boolean") return said === "true" ? true : said === "false" ? false : null;
  if (type !== "integer" && type !== "decimal") return said;
  const number = /^([+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)/.exec(said);
  return number ? Number(number[1].replace(",", ".")) : null;
}
