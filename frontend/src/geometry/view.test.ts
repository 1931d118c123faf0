import { describe, expect, it } from "vitest";
import { imagePoint, screenPoint } from "./types";
import { clampView, fitted, panBy, reveal, toImage, toScreen, zoomAbout } from "./view";

const PHONE = { width: 390, height: 500 };

describe("the view", () => {
  it("fits a wide picture to the width and centres it", () => {
    expect(fitted({ width: 780, height: 400 }, PHONE)).toEqual({ scale: 0.5, x: 0, y: 150 });
  });

  it("enlarges a small crop to fill the screen, less the padding", () => {
    expect(fitted({ width: 63, height: 63 }, PHONE, 6)).toEqual({ scale: 6, x: 6, y: 61 });
  });

  it("goes to the screen and back", () => {
    const view = { scale: 1.7, x: -33.2, y: 12.9 };
    const there = toScreen(view, imagePoint(20.25, 71.5));
    const back = toImage(view, there);
    expect(back.x).toBeCloseTo(20.25, 10);
    expect(back.y).toBeCloseTo(71.5, 10);
  });

  it("zooms about a point that stays where it is", () => {
    const view = fitted({ width: 100, height: 100 }, PHONE);
    const finger = screenPoint(300, 120);
    const under = toImage(view, finger);
    const zoomed = zoomAbout(view, finger, 2.5);
    expect(toScreen(zoomed, under).x).toBeCloseTo(300, 10);
    expect(toScreen(zoomed, under).y).toBeCloseTo(120, 10);
    expect(zoomed.scale).toBeCloseTo(view.scale * 2.5, 10);
  });

  it("never gets smaller than fitted, and then is centred", () => {
    const picture = { width: 100, height: 100 };
    const view = zoomAbout(fitted(picture, PHONE), screenPoint(10, 10), 0.2);
    expect(clampView(view, picture, PHONE)).toEqual(fitted(picture, PHONE));
  });

  it("never loses the picture, however far it is pushed", () => {
    const picture = { width: 100, height: 100 };
    const view = zoomAbout(fitted(picture, PHONE), screenPoint(195, 250), 3);
    expect(clampView(panBy(view, 99999, 0), picture, PHONE).x).toBe(40);
    expect(clampView(panBy(view, -99999, 0), picture, PHONE).x).toBe(390 - 100 * 11.7 - 40);
  });

  it("stops zooming at ten times the fitted size", () => {
    const picture = { width: 390, height: 390 };
    const far = zoomAbout(fitted(picture, PHONE), screenPoint(0, 0), 1000);
    expect(clampView(far, picture, PHONE).scale).toBe(12);
    const crop = { width: 39, height: 39 };
    expect(clampView(zoomAbout(fitted(crop, PHONE), screenPoint(0, 0), 1000), crop, PHONE).scale).toBe(100);
  });

  it("moves as little as needed to show a box", () => {
    const view = { scale: 10, x: 0, y: 0 };
    const box = { x1: 50, y1: 10, x2: 60, y2: 20 };
    expect(reveal(view, box, PHONE, 20)).toEqual({ scale: 10, x: 390 - 20 - 600, y: 0 });
  });
});
