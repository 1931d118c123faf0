import { existsSync } from "node:fs";
import preact from "@preact/preset-vite";
import { defineConfig } from "vitest/config";

// Entries that the templates name; `django-vite` finds their hashed files through the manifest.
const entries = ["src/ui/look.css", "src/play/main.tsx", "src/play/pages.ts", "src/staff/main.ts"];

export default defineConfig({
  base: "/static/",
  // No hook names (they are for development tools) and no prefresh: templates always load the built files.
  plugins: [preact({ devToolsEnabled: false, prefreshEnabled: false })],
  build: {
    target: "es2022",
    manifest: true, // dist/.vite/manifest.json
    outDir: "dist",
    assetsDir: "assets",
    sourcemap: false,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: entries.filter((entry) => existsSync(new URL(entry, import.meta.url))) },
  },
  test: {
    include: ["src/**/*.test.{ts,tsx}"],
    environment: "happy-dom",
    restoreMocks: true,
    // One document for all files: a tenth of the time, and tests clean up after themselves.
    isolate: false,
  },
});
