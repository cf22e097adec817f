// The numbers of each outline, measured by the server with the program's own methods after every edit.

import { post } from "./picture.js";
import { figure, t } from "./words.js";

const WAIT = 400; // ms after the last stroke
const FLAGS = {
  at_edge: t`reaches the edge of the scan`, at_skin: t`reaches the skin`, in_fat: t`lies in fat`, low_contrast: t`faint`,
  may_be_bone: t`may be bone`, merged: t`merged with another`, metal: t`metal or spoiled by it`, more_nearby: t`more nearby`,
  near_bone: t`near bone`, needs_reader: t`look closely`, not_found: t`nothing found at its place`, not_measured: t`not measured`,
  other_kvp: t`calibrated for another kVp`, too_small: t`very small`, touches_bone: t`touches bone`,
};

/** Keep the numbers of the lesions up with their outlines. */
export function follow(room, address) {
  const running = new Map();
  room.addEventListener("edited", ({ detail: touched }) => touched.forEach((label) => {
    running.get(label)?.abort();
    const stop = new AbortController();
    running.set(label, stop);
    room.answer({ numbers: "waiting" }, label);
    setTimeout(() => ask(room, address, label, stop.signal), WAIT);
  }));
}

async function ask(room, address, label, signal) {
  if (signal.aborted) return;
  const runs = room.labels.runs(label);
  if (!runs.length) return room.answer({ numbers: null }, label);
  try {
    const { numbers } = await post(address, { label: room.letters[label - 1], runs }, signal);
    room.answer({ numbers }, label);
  } catch (error) {
    if (signal.aborted) return;
    room.answer({ numbers: null }, label);
    room.say(error.message);
  }
}

function rounded(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** The numbers of one outline as lines for the panel: [what, value] pairs, then the flags in words. */
export function lines(numbers) {
  if (numbers === "waiting") return { pairs: [], flags: "", note: t`measuring…` };
  if (!numbers) return { pairs: [], flags: "", note: t`nothing outlined` };
  const { mass_mg: mass, mass_se_mg: se, volume_mm3: volume, volume_pv_mm3: pv, hu_mean: mean, hu_max: max } = numbers;
  const pairs = [
    [t`mass`, mass === null ? "–" : `${rounded(mass)}${se === null ? "" : ` ± ${rounded(se)}`} mg`],
    [t`volume`, volume === null ? "–" : `${rounded(volume)} mm³${pv === null ? "" : t` (corrected ${rounded(pv)})`}`],
    ["HU", mean === null ? "–" : t`mean ${mean.toFixed(0)}, highest ${max.toFixed(0)}`],
  ];
  return { pairs, flags: numbers.flags.map((flag) => FLAGS[flag] ?? flag).join(", "), note: "" };
}
