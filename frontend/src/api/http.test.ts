import { describe, expect, it } from "vitest";
import { ApiError, cookie, Http, Unreachable } from "./http";
import { PlayApi } from "./play";

/** An `Http` whose server gives one reply and notes what it was asked. */
function server(reply: Response | Error) {
  const asked: { url: string; init: RequestInit }[] = [];
  const http = new Http(
    "/api/v1/play/",
    async (url, init) => {
      asked.push({ url, init });
      if (reply instanceof Error) {
        throw reply;
      }
      return reply;
    },
    () => "token-of-now",
  );
  return { api: new PlayApi(http), http, asked };
}

const json = (body: unknown, init: ResponseInit = {}) => new Response(JSON.stringify(body), init);

describe("requests", () => {
  it("carry the CSRF token of the moment and the session", async () => {
    const { api, asked } = server(json({}, { status: 201 }));
    await api.submit("id 1", '{"answer":{"kind":"nothing"}}');
    expect(asked[0]?.url).toBe("/api/v1/play/assignments/id%201/annotation");
    expect(asked[0]?.init).toMatchObject({
      method: "PUT",
      credentials: "same-origin",
      body: '{"answer":{"kind":"nothing"}}',
      headers: { "X-CSRFToken": "token-of-now", "Content-Type": "application/json" },
    });
  });

  it("that never arrive are unreachable", async () => {
    const { http } = server(new TypeError("Failed to fetch"));
    await expect(http.request("GET", "me")).rejects.toBeInstanceOf(Unreachable);
  });

  it("turn the site's sentence into the error's", async () => {
    const { http } = server(json({ detail: "This round is not yours." }, { status: 404 }));
    await expect(http.ok("GET", "rounds/x")).rejects.toEqual(new ApiError(404, "This round is not yours."));
  });

  it("survive an error page that is no JSON", async () => {
    const { http } = server(new Response("<h1>Bad gateway</h1>", { status: 502 }));
    await expect(http.ok("GET", "me")).rejects.toMatchObject({ status: 502 });
  });
});

describe("next", () => {
  it("gives a claim", async () => {
    const claim = { assignment: { id: "a" }, prefetch: [] };
    expect(await server(json(claim)).api.next("cells")).toEqual({ kind: "claim", claim });
  });

  it("is nothing on 204", async () => {
    expect(await server(new Response(null, { status: 204 })).api.next("cells")).toEqual({ kind: "nothing" });
  });

  it("tells on 503 when to ask again", async () => {
    const reply = json({ detail: "One moment." }, { status: 503, headers: { "Retry-After": "4" } });
    expect(await server(reply).api.next("cells")).toEqual({ kind: "behind", retryAfter: 4 });
  });
});

it.each([404, 409])("skipping what is gone already (%i) is fine", async (status) => {
  const { api } = server(json({ detail: "Gone." }, { status }));
  await expect(api.skip("a")).resolves.toBeUndefined();
});

it("finds a cookie among others", () => {
  expect(cookie("csrftoken", "a=1; csrftoken=x%3Dy; b=2")).toBe("x=y");
  expect(cookie("missing", "a=1")).toBe("");
});
