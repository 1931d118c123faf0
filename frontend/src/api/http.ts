/** One request to the site: session cookie, CSRF header, JSON both ways, and errors as a page can explain them. */

export interface Reply {
  status: number;
  body: unknown;
  /** Seconds that the server asked to wait (`Retry-After`), or null. */
  retryAfter: number | null;
}

/** The server could not be reached at all: no network, or no answer in time. */
export class Unreachable extends Error {
  constructor() {
    super("The site could not be reached.");
    this.name = "Unreachable";
  }
}

/** The server answered, and the answer is no. `message` is its own sentence. */
export class ApiError extends Error {
  readonly status: number;
  readonly retryAfter: number | null;

  constructor(status: number, message: string, retryAfter: number | null = null) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

const TIMEOUT_MS = 20_000;

/** The value of a cookie, or "" where there is none. */
export function cookie(name: string, jar: string = document.cookie): string {
  for (const pair of jar.split(";")) {
    const [key, ...rest] = pair.trim().split("=");
    if (key === name) {
      return decodeURIComponent(rest.join("="));
    }
  }
  return "";
}

function retryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

async function jsonOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null; // a proxy's error page: the status says enough
  }
}

export class Http {
  private readonly base: string;
  private readonly send: Fetch;
  /** Read at each request: Django changes it at every login, and an answer may wait in the outbox across one. */
  private readonly csrf: () => string;

  constructor(
    base: string,
    send: Fetch = (input, init) => fetch(input, init),
    csrf: () => string = () => cookie("csrftoken"),
  ) {
    this.base = base;
    this.send = send;
    this.csrf = csrf;
  }

  /** Send `body` (already JSON) and resolve with whatever status came. Rejects with `Unreachable` alone. */
  async request(method: string, path: string, body?: string): Promise<Reply> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
    try {
      const headers: Record<string, string> = { Accept: "application/json" };
      if (method !== "GET") {
        headers["X-CSRFToken"] = this.csrf();
        headers["Content-Type"] = "application/json";
      }
      const init: RequestInit = { method, headers, credentials: "same-origin", signal: abort.signal };
      if (method !== "GET") {
        init.body = body ?? "{}";
      }
      const response = await this.send(this.base + path, init);
      return { status: response.status, body: await jsonOf(response), retryAfter: retryAfter(response) };
    } catch {
      throw new Unreachable();
    } finally {
      clearTimeout(timer);
    }
  }

  /** As `request`, but any status of 400 or more is an `ApiError`. */
  async ok(method: string, path: string, body?: string): Promise<Reply> {
    const reply = await this.request(method, path, body);
    if (reply.status >= 400) {
      throw errorOf(reply);
    }
    return reply;
  }
}

export function errorOf(reply: Reply): ApiError {
  const detail = (reply.body as { detail?: unknown } | null)?.detail;
  const sentence = typeof detail === "string" ? detail : "Something went wrong on the site.";
  return new ApiError(reply.status, sentence, reply.retryAfter);
}
