/** What files are that are taken for safetensors and are something else, by their first bytes. */

const PYTORCH = "save its state_dict as safetensors (safetensors.torch.save_file, or the script in docs/weights.md)";

const KINDS: readonly (readonly [begin: string, what: string])[] = [
  ["PK\x03\x04", `a zip file, as torch.save writes it since PyTorch 1.6 (or an .npz); ${PYTORCH}`],
  ["PK\x05\x06", "an empty zip file"],
  ["\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras saves it; convert its weights to safetensors, with PyTorch's names"],
  ["\x93NUMPY", "a .npy file"],
  ["\x1f\x8b", "a gzip file; unpack it first"],
  ["BZh", "a bzip2 file; unpack it first"],
  ["\xfd7zXZ", "an xz file; unpack it first"],
  ["GGUF", "a GGUF file"],
  ["\x89PNG", "a PNG picture"],
  ["\xff\xd8\xff", "a JPEG picture"],
  ["MATLAB", "a MATLAB file; save its arrays as safetensors, with PyTorch's names"],
  ["version ", "a pointer of Git LFS, not the file itself; run `git lfs pull`"],
  ["<!DOCTYP", "a web page, not the file behind it; was the download stopped by a login?"],
  ["<!doctyp", "a web page, not the file behind it; was the download stopped by a login?"],
  ["<html", "a web page, not the file behind it; was the download stopped by a login?"],
  ["{", "JSON; a manifest of TensorFlow.js is read by readManifest (docs/weights.md)"],
  ["[", "JSON; a manifest of TensorFlow.js is read by readManifest (docs/weights.md)"],
];

/** Protocols 2 to 5 of Python's pickle begin with 80 and their number. */
const isPickle = (first: Uint8Array): boolean => first[0] === 0x80 && first[1] >= 2 && first[1] <= 5;

/** What a file is, and what to do with it; null if its first bytes do not tell. A file whose header length is plausible gives null. */
export function foreignFormat(first: Uint8Array): string | null {
  if (isPickle(first)) return `a pickle, as torch.save wrote it before PyTorch 1.6; ${PYTORCH}`;
  const text = String.fromCharCode(...first.subarray(0, 8));
  return KINDS.find(([begin]) => text.startsWith(begin))?.[1] ?? null;
}
