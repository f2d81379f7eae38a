// Several questions for which there is no memory side by side go fewer at a time, which costs time and no answer.

import { Molmo2Error } from '../../errors.ts';
import { failedAllocation } from '../../gpu/allocation.ts';
import { mostRowsTogether } from '../../kernels/choose.ts';
import { releaseKept, type LoadedModel } from '../loaded-model.ts';

/**
 * Does `work` with as many of `questions` at a time as there is memory for; it begins anew each time, and must not tell anything
 * twice. Throws `out-of-memory` with the numbers where there is none for one alone.
 */
export async function asManyAsFit(
  model: LoadedModel,
  questions: number,
  work: (together: number) => Promise<void>,
): Promise<void> {
  let together = Math.max(1, Math.min(mostRowsTogether, questions));
  for (;;) {
    try {
      await work(together);
      return;
    } catch (error) {
      const failure = failedAllocation(error);
      if (!failure) throw error;
      releaseKept(model);
      if (together === 1)
        throw new Molmo2Error(
          'out-of-memory',
          `The GPU has no memory for ${questions} questions, not even one at a time: a buffer of ${failure.byteLength} bytes (${failure.label}) could not be had beside ${failure.ownedBytes} bytes. Ask about fewer frames (maxFrames) or crops (maxCrops), limit maxNewTokens, dispose of other chats, close other pages, or use a smaller model.`,
          { cause: error },
        );
      together = Math.ceil(together / 2);
    }
  }
}
