// The shell of the round page, kept for moments without a connection. Pictures stay in the browser's own cache.
// A new version waits until the page says that no round is under way (see src/play/worker.ts).
const CACHE = "goldvein-{{ version }}";
const ASSETS = {{ assets|safe }};

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(ASSETS)));
});

self.addEventListener("activate", (event) => {
  const drop = (names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(drop).then(() => self.clients.claim()));
});

self.addEventListener("message", (event) => {
  if (event.data === "between-rounds") self.skipWaiting();
});

async function fromCacheFirst(request) {
  return (await caches.match(request)) || fetch(request);
}

// Fresh where there is a connection; else the page as it was last seen, which finds the waiting answers by itself.
async function roundPage(request) {
  try {
    const response = await fetch(request);
    const cache = await caches.open(CACHE);
    if (response.ok && !response.redirected) await cache.put(request, response.clone());
    else await cache.delete(request);
    return response;
  } catch (error) {
    const kept = await caches.match(request);
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (ASSETS.includes(url.pathname)) event.respondWith(fromCacheFirst(request));
  else if (request.mode === "navigate" && url.pathname.startsWith("/play/")) event.respondWith(roundPage(request));
});
