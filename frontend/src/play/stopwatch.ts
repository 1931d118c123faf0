/** Time that somebody really looked at a task: it stands still while the page is hidden. */
export class Stopwatch {
  private spent = 0;
  private since: number | null = null;

  private readonly now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
  }

  restart(): void {
    this.spent = 0;
    this.since = this.now();
  }

  pause(): void {
    if (this.since !== null) {
      this.spent += this.now() - this.since;
      this.since = null;
    }
  }

  resume(): void {
    this.since ??= this.now();
  }

  /** Whole milliseconds so far. */
  read(): number {
    return Math.round(this.spent + (this.since === null ? 0 : this.now() - this.since));
  }
}
