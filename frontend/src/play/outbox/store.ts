/** Where answers wait until the site has confirmed them: IndexedDB, or memory where a browser refuses it. */

/** An answer that waits. `body` is the exact JSON that goes out; `owner` the person who gave it. */
export interface Waiting {
  assignment: string;
  body: string;
  owner: string;
}

export interface Stored extends Waiting {
  /** Grows with every answer: answers go out in this order. */
  seq: number;
}

export interface OutboxStore {
  /** Keep an answer. A second answer to the same assignment is ignored: answers are immutable. */
  add(waiting: Waiting): Promise<void>;
  /** All that wait, oldest first. */
  all(): Promise<Stored[]>;
  remove(seq: number): Promise<void>;
}

export class MemoryStore implements OutboxStore {
  private entries: Stored[] = [];
  private last = 0;

  async add(waiting: Waiting): Promise<void> {
    if (!this.entries.some((entry) => entry.assignment === waiting.assignment)) {
      this.last += 1;
      this.entries.push({ ...waiting, seq: this.last });
    }
  }

  async all(): Promise<Stored[]> {
    return [...this.entries];
  }

  async remove(seq: number): Promise<void> {
    this.entries = this.entries.filter((entry) => entry.seq !== seq);
  }
}

const STORE = "answers";

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Resolves when the transaction is on disk, not merely when its requests were accepted. */
function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}

export class IndexedDbStore implements OutboxStore {
  private readonly database: IDBDatabase;

  private constructor(database: IDBDatabase) {
    this.database = database;
  }

  static async open(factory: IDBFactory = indexedDB, name = "goldvein"): Promise<IndexedDbStore> {
    const request = factory.open(name, 1);
    request.onupgradeneeded = () => {
      const store = request.result.createObjectStore(STORE, { keyPath: "seq", autoIncrement: true });
      store.createIndex("assignment", "assignment", { unique: true });
    };
    return new IndexedDbStore(await done(request));
  }

  async add(waiting: Waiting): Promise<void> {
    const transaction = this.database.transaction(STORE, "readwrite");
    const store = transaction.objectStore(STORE);
    const finished = committed(transaction);
    const known = await done(store.index("assignment").getKey(waiting.assignment));
    if (known === undefined) {
      store.add(waiting);
    }
    await finished;
  }

  async all(): Promise<Stored[]> {
    const store = this.database.transaction(STORE, "readonly").objectStore(STORE);
    return (await done(store.getAll())) as Stored[];
  }

  async remove(seq: number): Promise<void> {
    const transaction = this.database.transaction(STORE, "readwrite");
    const finished = committed(transaction);
    transaction.objectStore(STORE).delete(seq);
    await finished;
  }
}

/** IndexedDB where the browser lets us, memory otherwise (private windows of some browsers refuse it). */
export async function openStore(): Promise<OutboxStore> {
  try {
    return await IndexedDbStore.open();
  } catch {
    return new MemoryStore();
  }
}
