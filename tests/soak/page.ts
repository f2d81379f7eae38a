// A page that does what it is ordered to with the package, and says what came of it.

import * as door from '../../src/index.ts';

/** A question: addresses of its media, and its words. */
export interface Question {
  readonly kind: 'image' | 'images' | 'video';
  readonly files: readonly string[];
  readonly prompt: string;
}

export interface Settings {
  readonly model: string;
  readonly weights?: 'q8';
  readonly cache?: boolean;
  readonly share?: boolean;
}

export type Order =
  | { readonly kind: 'load'; readonly settings: Settings; readonly cancelMs?: number }
  /** Gives up the model. */
  | { readonly kind: 'dispose' }
  /** Questions of one chat: the first shows its media, the others go on. */
  | {
      readonly kind: 'ask';
      readonly question: Question;
      readonly later: readonly string[];
      readonly cancelMs?: number;
    }
  | {
      readonly kind: 'all';
      readonly question: Question;
      readonly prompts: readonly string[];
      readonly cancelMs?: number;
    }
  | { readonly kind: 'many'; readonly questions: readonly Question[]; readonly cancelMs?: number }
  | { readonly kind: 'windows'; readonly question: Question; readonly cancelMs?: number }
  | { readonly kind: 'plan'; readonly question: Question }
  | { readonly kind: 'score'; readonly question: Question; readonly answer: string }
  /** A file of which only the first bytes are there, and some of these are others. */
  | {
      readonly kind: 'broken';
      readonly question: Question;
      readonly bytes: number;
      readonly flips: readonly number[];
    };

export interface Outcome {
  /** What was answered, or what else came of it, as text. */
  readonly texts: readonly string[];
  /** How often it was told that a device was lost. */
  readonly losses: number;
  readonly error: { readonly name: string; readonly code: string | null; readonly message: string } | null;
}

const options = { maxNewTokens: 200 };
let molmo: door.Molmo2 | null = null;

async function mediaOf({ kind, files }: Question): Promise<door.AskInput> {
  const blobs = await Promise.all(files.map(async (file) => (await fetch(file)).blob()));
  const [first] = blobs;
  if (!first) throw new Error('a question shows something');
  return kind === 'video' ? { video: first } : { images: blobs };
}

async function work(
  order: Exclude<Order, { readonly kind: 'load' | 'dispose' }>,
  model: door.Molmo2,
  signal: AbortSignal,
  told: { losses: number },
): Promise<string[]> {
  const listen = (event: { readonly type: string; readonly reason?: string }) => {
    if (event.type === 'notice' && event.reason === 'device-lost') told.losses += 1;
  };
  switch (order.kind) {
    case 'ask': {
      const chat = model.chat();
      const texts: string[] = [];
      try {
        for (const [i, prompt] of [order.question.prompt, ...order.later].entries()) {
          const shown = i === 0 ? await mediaOf(order.question) : {};
          let streamed = '';
          for await (const event of chat.ask({ ...shown, prompt }, { ...options, signal })) {
            listen(event);
            if (event.type === 'text') streamed += event.text;
            if (event.type === 'done') texts.push(event.answer.text);
          }
          if (streamed !== texts.at(-1))
            throw new Error(`"${streamed}" was told, the answer is "${texts.at(-1)}"`);
        }
      } finally {
        chat.dispose();
      }
      return texts;
    }
    case 'all': {
      const asked = model.askAll(
        { ...(await mediaOf(order.question)), prompts: [...order.prompts] },
        { ...options, signal },
      );
      for await (const event of asked) listen(event);
      return (await asked).map(({ text }) => text);
    }
    case 'many': {
      const inputs = await Promise.all(
        order.questions.map(async (one) => ({ ...(await mediaOf(one)), prompt: one.prompt })),
      );
      const asked = model.askMany(inputs, { ...options, signal });
      for await (const event of asked) listen(event);
      return (await asked).map((one) => (one.status === 'fulfilled' ? one.value.text : String(one.reason)));
    }
    case 'windows': {
      const { video } = await mediaOf(order.question);
      if (!video) throw new Error('windows are of a video');
      const input = { video, prompt: order.question.prompt, windowSec: 1.5, overlapSec: 0.5 };
      for await (const event of model.askWindows(input, { ...options, signal })) {
        listen(event);
        if (event.type === 'done') return event.answer.windows.map(({ text }) => text);
      }
      return [];
    }
    case 'plan': {
      const plan = await model.planQuestion({
        ...(await mediaOf(order.question)),
        prompt: order.question.prompt,
      });
      return [`${plan.verdict}, ${plan.promptTokens} tokens`];
    }
    case 'score': {
      const score = await model.score({
        ...(await mediaOf(order.question)),
        prompt: order.question.prompt,
        answer: order.answer,
      });
      return [score.logprob.toFixed(3)];
    }
    case 'broken': {
      const { files, kind, prompt } = order.question;
      const whole = new Uint8Array(await (await fetch(files[0] ?? '')).arrayBuffer());
      const part = whole.slice(0, order.bytes);
      for (const at of order.flips) part[at % part.length] = at & 255;
      const blob = new Blob([part]);
      await model.planQuestion({ ...(kind === 'video' ? { video: blob } : { image: blob }), prompt });
      return ['it could be read'];
    }
  }
}

async function perform(order: Order): Promise<Outcome> {
  const stop = new AbortController();
  const told = { losses: 0 };
  const cancelMs = 'cancelMs' in order ? order.cancelMs : undefined;
  const timer = cancelMs === undefined ? undefined : setTimeout(() => stop.abort(), cancelMs);
  try {
    if (order.kind === 'load' || order.kind === 'dispose') {
      molmo?.dispose();
      molmo = null;
      if (order.kind === 'dispose') return { texts: [], losses: 0, error: null };
      molmo = await door.Molmo2.load({ ...order.settings, signal: stop.signal });
      return { texts: [], losses: molmo.info.notices.length, error: null };
    }
    if (!molmo) throw new Error('no model is loaded');
    return { texts: await work(order, molmo, stop.signal, told), losses: told.losses, error: null };
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const code = error instanceof door.Molmo2Error ? error.code : null;
    return { texts: [], losses: told.losses, error: { name: error.name, code, message: error.message } };
  } finally {
    clearTimeout(timer);
  }
}

declare global {
  var perform: (order: Order) => Promise<Outcome>;
}

globalThis.perform = perform;
