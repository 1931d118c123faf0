/** The volunteer's API, one method a call. */

import type { Answer } from "../annotation/answers";
import { ApiError, errorOf, Http, type Reply } from "./http";
import type { Claim, PracticeItem, RoundResult, Verdict } from "./types";

export type Next =
  | { kind: "claim"; claim: Claim }
  /** Nothing is left for this person. */
  | { kind: "nothing" }
  /** New pictures are on their way; ask again in `retryAfter` seconds. */
  | { kind: "behind"; retryAfter: number };

export class PlayApi {
  private readonly http: Http;

  constructor(http: Http = new Http("/api/v1/play/")) {
    this.http = http;
  }

  async next(slug: string): Promise<Next> {
    const reply = await this.http.request("POST", `projects/${encodeURIComponent(slug)}/next`);
    if (reply.status === 204) {
      return { kind: "nothing" };
    }
    if (reply.status === 503) {
      return { kind: "behind", retryAfter: reply.retryAfter ?? 2 };
    }
    if (reply.status >= 400) {
      throw errorOf(reply);
    }
    return { kind: "claim", claim: reply.body as Claim };
  }

  /** `body` is the exact JSON to send: the same again is the same answer. Every status is the outbox's to judge. */
  submit(assignment: string, body: string): Promise<Reply> {
    return this.http.request("PUT", `assignments/${encodeURIComponent(assignment)}/annotation`, body);
  }

  async skip(assignment: string): Promise<void> {
    try {
      await this.http.ok("POST", `assignments/${encodeURIComponent(assignment)}/skip`);
    } catch (error) {
      // Gone already, or answered from another window: either way there is nothing left to skip.
      if (error instanceof ApiError && (error.status === 404 || error.status === 409)) {
        return;
      }
      throw error;
    }
  }

  async flag(assignment: string, comment: string): Promise<void> {
    await this.http.ok("POST", `assignments/${encodeURIComponent(assignment)}/flag`, JSON.stringify({ comment }));
  }

  async practice(slug: string): Promise<PracticeItem[]> {
    const reply = await this.http.ok("GET", `projects/${encodeURIComponent(slug)}/practice`);
    return (reply.body as { items: PracticeItem[] }).items;
  }

  async practise(item: string, answer: Answer): Promise<Verdict> {
    return (await this.http.ok("POST", `practice/${encodeURIComponent(item)}`, JSON.stringify({ answer })))
      .body as Verdict;
  }

  async round(id: string): Promise<RoundResult> {
    return (await this.http.ok("GET", `rounds/${encodeURIComponent(id)}`)).body as RoundResult;
  }
}
