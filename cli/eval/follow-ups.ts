// `eval --follow-ups`: conversations of two questions about scenes, the second answer beside that of a fresh chat.

import {
  askFollowUp,
  followUpScores,
  type FollowUp,
  type FollowUpScores,
} from '../../eval/run/follow-ups.ts';
import { makeConversation } from '../../eval/scenes/conversations.ts';
import { sceneKinds, type SceneKind } from '../../eval/scenes/scene.ts';
import { version } from '../../package.json';
import { Molmo2, type AskOptions } from '../../src/index.ts';
import { refuseClosedOutput } from '../closed-output.ts';
import type { FollowUpTask } from '../eval-options.ts';
import { hubSettings } from '../hub-settings.ts';
import type { Terminal } from '../terminal.ts';
import { loadProgress } from '../wait-notes.ts';
import { change, fixed, interval, pValue, table } from './table.ts';
import { refuseBundleWeights } from './weights.ts';

const kindWords: Readonly<Record<SceneKind, string>> = {
  image: 'one picture',
  images: 'several pictures',
  video: 'clips',
};

function rowOf({ kind, conversations, behind, fresh, paired, same }: FollowUpScores): string[] {
  return [
    kind === null ? 'all' : kindWords[kind],
    String(conversations),
    interval(behind),
    interval(fresh),
    change(paired.difference),
    pValue(paired.pValue),
    `${fixed(same * 100, 0)}%`,
  ];
}

function followUpLines(scores: readonly FollowUpScores[]): string {
  const [first, ...kinds] = scores;
  const head = ['F1 of the second answer (95%)', '', 'in a chat', 'alone', 'difference', '', 'same text'];
  return table([head, ...kinds.map(rowOf), ...(first ? [rowOf(first)] : [])]);
}

/** Asks as many conversations of each kind of scene as there are scenes in a set. Throws what asking throws. */
export async function followUps(
  { sets, settings, json }: FollowUpTask,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<void> {
  refuseClosedOutput();
  await refuseBundleWeights([settings], signal);
  const { model, weights, kernels, kv, maxNewTokens } = settings;
  const hub = hubSettings();
  const onProgress = loadProgress(terminal);
  const molmo = await Molmo2.load({
    model,
    ...(weights && { weights }),
    ...(kernels && { kernels }),
    hub,
    onProgress,
    signal,
  });
  const options: AskOptions = {
    ...(kv && { kv }),
    ...(maxNewTokens !== undefined && { maxNewTokens }),
    signal,
  };
  const asked: FollowUp[] = [];
  const total = sets.reduce((sum, { scenes }) => sum + scenes, 0) * sceneKinds.length;
  try {
    for (const kind of sceneKinds)
      for (const { seed, scenes } of sets)
        for (let index = 0; index < scenes; index++) {
          terminal.progress(`${kindWords[kind]}, seed ${seed}: ${asked.length} of ${total} conversations`);
          asked.push(
            await askFollowUp(molmo, await makeConversation({ seed, index, kind }), settings, options),
          );
        }
    const scores = followUpScores(asked);
    const { info } = molmo;
    terminal.print(
      json
        ? `${JSON.stringify({ settings, info, packageVersion: version, scores, asked })}\n`
        : followUpLines(scores),
    );
  } finally {
    molmo.dispose();
  }
}
