/**
 * The practice room in the place of the site's loop: the same round page, but each answer is held against the truth at
 * once, and nothing is kept. It deals the tasks, takes the answers, and waits until the person has seen the verdict.
 */

import { signal } from "@preact/signals";
import type { Answer } from "../annotation/answers";
import type { Next, PlayApi } from "../api/play";
import type { PracticeItem, Verdict } from "../api/types";

/** What came of an answer, with everything that it takes to draw it. */
export interface Shown {
  item: PracticeItem;
  given: Answer;
  verdict: Verdict;
}

export class Practice {
  readonly shown = signal<Shown | null>(null);

  private readonly api: Pick<PlayApi, "practice" | "practise">;
  private readonly shuffle: (items: PracticeItem[]) => PracticeItem[];
  private items: PracticeItem[] | null = null;
  private position = 0;
  private seen: () => void = () => {};

  constructor(api: Pick<PlayApi, "practice" | "practise">, shuffle = shuffled) {
    this.api = api;
    this.shuffle = shuffle;
  }

  async next(slug: string): Promise<Next> {
    this.items ??= this.shuffle(await this.api.practice(slug));
    const item = this.items[this.position];
    if (!item) {
      return { kind: "nothing" };
    }
    const assignment = {
      ...item,
      assist: false,
      round: { id: "practice", position: this.position + 1, size: this.items.length },
    };
    const following = this.items[this.position + 1];
    return { kind: "claim", claim: { assignment, prefetch: following ? [following.image.url] : [] } };
  }

  async skip(): Promise<void> {
    this.position++;
  }

  /** Take an answer (the exact JSON of a round's); done when the person goes on. */
  async put(id: string, body: string): Promise<void> {
    const item = this.items?.find((each) => each.id === id);
    if (!item) {
      throw new Error("This picture is not in the practice room.");
    }
    const given = (JSON.parse(body) as { answer: Answer }).answer;
    const verdict = await this.api.practise(id, given);
    this.shown.value = { item, given, verdict };
    await new Promise<void>((resolve) => {
      this.seen = resolve;
    });
    this.position++;
  }

  goOn(): void {
    this.shown.value = null;
    this.seen();
  }

  async drain(): Promise<void> {}

  async unsent(): Promise<number> {
    return 0;
  }
}

function shuffled(items: PracticeItem[]): PracticeItem[] {
  return items
    .map((item) => ({ item, key: Math.random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
