/** The mask put together from what is painted and proposed, brought up to date only where it has changed. */

import { type Content, composeInto, type Proposals } from "../annotation/content";
import { emptyRaster, hull, type Raster, whole, wholePixels } from "../geometry/raster";
import type { Box, Size } from "../geometry/types";

export class MaskCache {
  private raster: Raster | null = null;
  private stale: Box | null = null;

  /** Another picture. */
  clear(): void {
    this.raster = null;
  }

  /** Something has changed in `region` (picture px), null = anywhere. */
  touch(region: Box | null, size: Size): void {
    this.stale = hull(this.stale, region ? wholePixels(region, size) : whole(size));
  }

  get(content: Content, proposals: Proposals, size: Size): Raster {
    if (!this.raster) {
      this.raster = emptyRaster(size);
      this.stale = whole(size);
    }
    if (this.stale) {
      composeInto(this.raster, content, proposals, this.stale);
      this.stale = null;
    }
    return this.raster;
  }
}
