/** The texts of the reading room in the language of the page; English is the key. */

const language = globalThis.document?.documentElement.lang ?? "en";
const { WORDS } = language === "fr" ? await import("./words.fr.js") : { WORDS: {} };

/** A text in the language of the page: t`slice ${n} of ${all}` is looked up as "slice {0} of {1}". */
export function t(texts, ...values) {
  const key = texts.reduce((before, part, n) => `${before}{${n - 1}}${part}`);
  return (WORDS[key] ?? key).replace(/\{(\d+)\}/g, (hole, n) => values[n]);
}

/** A word that is chosen elsewhere, such as the name of a plane. */
export const word = (text) => WORDS[text] ?? text;

/** A number as the language of the page writes it. */
export const figure = (text) => (language === "fr" ? String(text).replace(/(\d)\.(\d)/g, "$1,$2") : String(text));
