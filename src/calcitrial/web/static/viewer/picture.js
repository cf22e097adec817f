// A case as it came from the server: its description (JSON) and its stored values (binary), with the progress told.

import { flatPlane, planeOf } from "./planes.js";
import { t } from "./words.js";

const KINDS = { int16: Int16Array, uint16: Uint16Array, rgb: Uint8Array };

/** Load a case; `tell(share)` hears how much of it has come, 0 to 1. Throws an Error with a sentence. */
export async function loadPicture(address, tell) {
  const description = await (await answered(await fetch(address))).json();
  const bytes = await download(description.voxels, description.bytes, tell);
  return pictureOf(description, bytes.buffer);
}

/** A picture from its description and the bytes of its values, with its planes worked out. */
export function pictureOf(description, buffer) {
  const { shape, affine } = description;
  const sizes = [shape[2], shape[1], shape[0]];
  const values = new KINDS[description.dtype](buffer);
  const wanted = sizes[0] * sizes[1] * sizes[2] * (description.dtype === "rgb" ? 3 : 1);
  if (values.length !== wanted) {
    throw new Error(t`The picture came with ${values.length} of ${wanted} values; load the page again.`);
  }
  const planes = affine
    ? Object.fromEntries(["axial", "coronal", "sagittal"].map((name) => [name, planeOf(name, shape, affine)]))
    : { picture: flatPlane(shape, description.aspect ?? description.regions?.find(({ mm }) => mm)?.mm ?? [1, 1]) };
  const voxelMm = affine
    ? [0, 1, 2].map((axis) => Math.hypot(...[0, 1, 2].map((row) => affine[row][axis])))
    : [1, 1, 1];
  return { ...description, sizes, values, planes, voxelMm, signed: description.dtype === "int16" };
}

/** Stored value at a voxel (rounded), null outside and for colour. */
export function valueAt(picture, voxel) {
  const [x, y, z] = voxel.map(Math.round), [nx, ny, nz] = picture.sizes;
  if (picture.dtype === "rgb" || x < 0 || y < 0 || z < 0 || x >= nx || y >= ny || z >= nz) return null;
  return picture.values[(z * ny + y) * nx + x];
}

async function download(address, total, tell) {
  const response = await answered(await fetch(address));
  const whole = new Uint8Array(total);
  const reader = response.body.getReader();
  let got = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (got + part.value.length > total) throw new Error(t`The picture is larger than was said; load the page again.`);
    whole.set(part.value, got);
    got += part.value.length;
    tell(got / total);
  }
  if (got < total) throw new Error(t`Only ${got} of ${total} bytes of the picture came; load the page again.`);
  return whole;
}

/** The response when it is good; otherwise an Error with the server's sentences. */
export async function answered(response) {
  if (response.ok) return response;
  let problems = [];
  try {
    problems = (await response.json()).problems;
  } catch { /* no JSON: the sentence below tells the status */ }
  throw new Error(problems?.length ? problems.join(" ") : t`The server answered ${response.status}; load the page again.`);
}

/** Post JSON and return the JSON that comes back. */
export async function post(address, content, signal) {
  const token = document.querySelector("meta[name=csrf]").content;
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  return (await answered(await fetch(address, { method: "POST", headers, body: JSON.stringify(content), signal }))).json();
}
