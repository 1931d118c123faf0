/** Jobs under way: asks how far they are, and loads the page anew once they are over. */

export interface Job {
  state: "waiting" | "running" | "done" | "failed";
  done: number;
  total: number;
}

/** How a job stands, in a few words. */
export function words(job: Job): string {
  if (job.state === "waiting") return "Waiting for a worker";
  return job.total > 0 ? `${job.done} of ${job.total}` : "Under way";
}

const EVERY_MS = 1500;
const SLOWER_MS = 6000;

export function follow(
  place: HTMLElement,
  reload: () => void = () => location.reload(),
  ask: (url: string) => Promise<Response> = (url) => fetch(url, { headers: { Accept: "application/json" } }),
): void {
  const bar = place.querySelector("progress");
  const status = place.querySelector<HTMLElement>("[data-poll-status]");
  const step = async (): Promise<void> => {
    let wait = EVERY_MS;
    try {
      const reply = await ask(place.dataset.poll ?? "");
      if (!reply.ok) throw new Error(String(reply.status));
      const job = (await reply.json()) as Job;
      if (job.state === "done" || job.state === "failed") {
        reload();
        return;
      }
      if (bar && job.total > 0) {
        bar.max = job.total;
        bar.value = job.done;
      }
      if (status) status.textContent = words(job);
    } catch {
      wait = SLOWER_MS; // the site may be starting anew: the job goes on without this page
    }
    setTimeout(step, wait);
  };
  setTimeout(step, EVERY_MS / 3);
}
