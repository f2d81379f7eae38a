// Several answers on their way, as their user holds them: events as they come, and all answers in the end.

import { unlessAborted } from './abort.ts';
import type {
  Answer,
  AnswersUnderWay,
  AskAllInput,
  AskOptions,
  BranchEvent,
  BranchInput,
  ManyInput,
} from './api.ts';
import type { BranchRequest } from './engine/branches/together.ts';
import type { AskRequest } from './engine/request.ts';
import type { Backend, PortableAskAll, PortableRequest } from './worker/backend.ts';
import { EventQueue } from './worker/event-queue.ts';
import { mediaOf, portableRequest } from './worker/portable-request.ts';

/** Asks several questions about the same media at once. */
export function askAll(backend: Backend, input: AskAllInput, options: AskOptions): AnswersUnderWay<Answer> {
  const answers: Answer[] = [];
  return underWay(answers, options.signal, async (emit, signal) => {
    const branches = branchesOf(input);
    const portable = await portableAskAll(input, branches, options);
    const onEvent = (event: BranchEvent) => {
      if (event.type === 'done') answers[event.branch] = event.answer;
      emit(event);
    };
    await backend.askAll(portable, { emit: onEvent, signals: branches.map((one) => one.signal) }, signal);
  });
}

/** Asks independent questions at once. */
export function askMany(
  backend: Backend,
  inputs: readonly ManyInput[],
  options: AskOptions,
): AnswersUnderWay<PromiseSettledResult<Answer>> {
  const results: PromiseSettledResult<Answer>[] = [];
  return underWay(results, options.signal, async (emit, signal) => {
    if (!Array.isArray(inputs) || inputs.length === 0)
      throw new TypeError('askMany takes a list of at least one question such as [{ image, prompt }].');
    refuseTrace(options);
    const onEvent = (event: BranchEvent) => {
      if (event.type === 'done') results[event.branch] = { status: 'fulfilled', value: event.answer };
      if (event.type === 'failed') results[event.branch] = { status: 'rejected', reason: event.error };
      emit(event);
    };
    const questions: (AskRequest | null)[] = [];
    const transfer: Transferable[] = [];
    for (const [branch, input] of inputs.entries())
      try {
        const portable = await portableOf(input, options);
        questions.push(portable.request);
        transfer.push(...portable.transfer);
      } catch (error) {
        questions.push(null);
        onEvent({ type: 'failed', branch, error });
      }
    const signals = inputs.map((input) => input?.signal);
    await backend.askMany(
      { request: { questions }, transfer: [...new Set(transfer)] },
      { emit: onEvent, signals },
      signal,
    );
  });
}

/** `work` fills `results` and tells events until it is done. Who stops reading events stops the work. */
function underWay<T>(
  results: readonly T[],
  signal: AbortSignal | undefined,
  work: (emit: (event: BranchEvent) => void, signal: AbortSignal) => Promise<void>,
): AnswersUnderWay<T> {
  const queue = new EventQueue<BranchEvent>();
  const stop = new AbortController(); // AbortSignal.any is younger than WebGPU
  const cancel = () => stop.abort(signal?.reason);
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const made = async () => {
    stop.signal.throwIfAborted();
    await work((event) => queue.push(event), stop.signal);
    return results;
  };
  const all = unlessAborted(made(), signal).finally(() => signal?.removeEventListener('abort', cancel));
  // Whoever reads events is told there, and need not wait for the answers.
  all.then(
    () => queue.finish(),
    (error: unknown) => queue.fail(error),
  );
  const events = async function* (): AsyncGenerator<BranchEvent, void, undefined> {
    try {
      for await (const event of queue.read()) {
        signal?.throwIfAborted();
        yield event;
      }
    } finally {
      stop.abort(new DOMException('The answers are not wanted any more.', 'AbortError'));
    }
  };
  return Object.assign(all, { [Symbol.asyncIterator]: events });
}

function branchesOf(input: AskAllInput): BranchInput[] {
  mediaOf(input);
  if (!Array.isArray(input.prompts) || input.prompts.length === 0)
    throw new TypeError(
      '"prompts" must be a list of at least one question: texts, or objects such as { prompt, maxNewTokens }.',
    );
  return input.prompts.map((one: string | BranchInput, i) => {
    const branch = typeof one === 'string' ? { prompt: one } : one;
    if (typeof branch === 'object' && branch !== null && typeof branch.prompt === 'string') return branch;
    throw new TypeError(
      `"prompts" must be texts or objects with a "prompt"; number ${i + 1} is ${JSON.stringify(one) ?? typeof one}.`,
    );
  });
}

async function portableAskAll(
  input: AskAllInput,
  branches: readonly BranchInput[],
  options: AskOptions,
): Promise<PortableAskAll> {
  refuseTrace(options);
  const { request, transfer } = await portableRequest(input, options, false); // what all of them show
  const own = branches.map(({ prompt, style, point, ...answered }): BranchRequest => ({
    prompt,
    style,
    point: point ?? null,
    options: { ...options, ...answered, signal: undefined },
  }));
  return { request: { shown: request, branches: own }, transfer };
}

/** One of several independent questions; its own options come before those of all. */
async function portableOf(input: ManyInput, options: AskOptions): Promise<PortableRequest> {
  mediaOf(input);
  const { maxNewTokens, temperature, topK, topP, minP, seed, repetitionPenalty } = input;
  const { frequencyPenalty, presencePenalty, logitBias, stop, logprobs, expect } = input;
  const own = {
    ...{ maxNewTokens, temperature, topK, topP, minP, seed, repetitionPenalty },
    ...{ frequencyPenalty, presencePenalty, logitBias, stop, logprobs, expect },
  };
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  return portableRequest(input, { ...options, ...given }, false);
}

function refuseTrace({ trace }: AskOptions): void {
  if (trace) throw new TypeError('options.trace follows one question. Ask it with molmo.ask.');
}
