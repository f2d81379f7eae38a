// Questions wait here for the model, and for each other; work on the model waits here for the question under way.

type Work = () => Promise<void>;

/** Runs one thing at a time. Questions run while the gate is open; work between questions goes before those that wait. */
export class QuestionQueue<T> {
  readonly #answer: (item: T) => Promise<void>;
  #waiting: readonly T[] = [];
  readonly #between: Work[] = [];
  #isOpen = false;
  #isRunning = false;

  /** `answer` must not reject: what fails is told there. */
  constructor(answer: (item: T) => Promise<void>) {
    this.#answer = answer;
  }

  get waiting(): readonly T[] {
    return this.#waiting;
  }

  add(item: T): void {
    this.#waiting = [...this.#waiting, item];
    void this.#run();
  }

  /** Whether it was still waiting. */
  takeBack(item: T): boolean {
    const before = this.#waiting.length;
    this.#waiting = this.#waiting.filter((other) => other !== item);
    return this.#waiting.length < before;
  }

  clear(): void {
    this.#waiting = [];
  }

  /** Lets questions run. */
  open(): void {
    this.#isOpen = true;
    void this.#run();
  }

  /** Holds questions back, but for the one under way. */
  close(): void {
    this.#isOpen = false;
  }

  /** Runs `work` once the question under way is done with. */
  between(work: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#between.push(async () => {
        try {
          work();
          resolve();
        } catch (error) {
          reject(error);
        }
      });
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    // Whoever asks is done with asking before anything is answered.
    await Promise.resolve();
    for (let next = this.#next(); next; next = this.#next()) await next();
    this.#isRunning = false;
  }

  #next(): Work | null {
    const work = this.#between.shift();
    if (work) return work;
    const [first, ...rest] = this.#waiting;
    if (!this.#isOpen || first === undefined) return null;
    this.#waiting = rest;
    return () => this.#answer(first);
  }
}
