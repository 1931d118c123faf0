/** Pictures: loaded and decoded before they are shown, and the next ones fetched while this one is looked at. */

export async function loadPicture(url: string): Promise<HTMLImageElement> {
  const picture = new Image();
  picture.src = url;
  await picture.decode(); // rejects where the picture does not arrive or is broken
  return picture;
}

/** Kept so that the browser does not drop them before their turn. */
const ahead: HTMLImageElement[] = [];

export function prefetch(urls: string[]): void {
  const pictures = urls.map((url) => {
    const picture = new Image();
    picture.src = url;
    return picture;
  });
  ahead.splice(0, ahead.length, ...pictures);
}
