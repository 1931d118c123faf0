/** The service worker, where the browser has one for us: over plain http on a local network it has not. */

/** No round is under way: register the worker, and let a newer version of it take over. */
export function betweenRounds(): void {
  if (!("serviceWorker" in navigator) || !window.isSecureContext) {
    return;
  }
  void register().catch(() => {
    // Some browsers refuse it in private windows; everything works without it.
  });
}

async function register(): Promise<void> {
  const registration = await navigator.serviceWorker.register("/sw.js");
  await registration.update();
  registration.waiting?.postMessage("between-rounds");
}
