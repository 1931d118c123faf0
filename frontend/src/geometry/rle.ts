/**
 * Masks as run lengths, the way COCO writes them: down the columns, background first, each run as the difference from
 * the one but the one before (from the fourth on), in groups of 5 bits, characters from "0" on.
 */

import { emptyRaster, type Raster } from "./raster";

export interface Rle {
  /** [height, width] */
  readonly size: readonly [number, number];
  readonly counts: string;
}

const MAX_GROUPS = 7; // 35 bits, far above any picture

export function encode(mask: Raster): Rle {
  return { size: [mask.height, mask.width], counts: compress(runsOf(mask)) };
}

/** Throws a `RangeError` with one sentence where the runs don't make up the mask. */
export function decode(rle: Rle): Raster {
  const [height, width] = rle.size;
  const mask = emptyRaster({ width, height });
  let position = 0;
  expand(rle.counts).forEach((run, index) => {
    if (run < 0 || position + run > height * width) {
      throw new RangeError(`The runs of a mask of ${width} x ${height} px don't fit into it.`);
    }
    if (index % 2 === 1) {
      fillColumns(mask, position, run);
    }
    position += run;
  });
  if (position !== height * width) {
    throw new RangeError(`The runs of a mask of ${width} x ${height} px cover ${position} of its pixels.`);
  }
  return mask;
}

function fillColumns(mask: Raster, start: number, run: number): void {
  for (let position = start; position < start + run; position++) {
    const x = Math.floor(position / mask.height);
    mask.data[(position - x * mask.height) * mask.width + x] = 1;
  }
}

function runsOf(mask: Raster): number[] {
  const runs: number[] = [];
  let [value, run] = [0, 0];
  for (let x = 0; x < mask.width; x++) {
    for (let index = x; index < mask.data.length; index += mask.width) {
      if (mask.data[index] === value) {
        run++;
      } else {
        runs.push(run);
        [value, run] = [1 - value, 1];
      }
    }
  }
  runs.push(run);
  return runs;
}

function compress(runs: number[]): string {
  let text = "";
  runs.forEach((run, index) => {
    let rest = index > 2 ? run - runs[index - 2]! : run;
    let more = true;
    while (more) {
      const group = rest & 31;
      rest >>= 5;
      more = group & 16 ? rest !== -1 : rest !== 0;
      text += String.fromCharCode((more ? group | 32 : group) + 48);
    }
  });
  return text;
}

function expand(text: string): number[] {
  const runs: number[] = [];
  for (let at = 0; at < text.length; ) {
    let value = 0;
    let group = 32;
    for (let shift = 0; group & 32; shift += 5) {
      group = text.charCodeAt(at++) - 48;
      if (!(group >= 0 && group < 64) || shift >= MAX_GROUPS * 5) {
        throw new RangeError("The run lengths of a mask cannot be read.");
      }
      // Not by shifting: bits beyond the 31st would fall on the sign.
      value += (group & 31) * 2 ** shift;
      if (!(group & 32) && group & 16) {
        value -= 2 ** (shift + 5);
      }
    }
    runs.push(runs.length > 2 ? value + runs[runs.length - 2]! : value);
  }
  return runs;
}
