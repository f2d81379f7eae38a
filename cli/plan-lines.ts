// The plan of a question as lines for people.

import type { QuestionPlan } from '../src/index.ts';

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

function seconds(value: number): string {
  return value < 1 ? `${Math.max(1, Math.round(value * 1000))} ms` : `${value.toFixed(1)} s`;
}

function mediaLine({ media, crops }: QuestionPlan): string[] {
  const [first = 0, last = first] = [media.timestamps[0], media.timestamps.at(-1)];
  if (media.kind === 'none') return [];
  if (media.kind === 'video')
    return [`frames          ${crops}, from ${first.toFixed(2)} s to ${last.toFixed(2)} s`];
  const sizes = media.sizes.map(({ width, height }) => `${width} x ${height}`);
  return [`pictures        ${sizes.join(', ')}: ${crops} crops`];
}

/** Everything that a plan says. */
export function planLines(plan: QuestionPlan): string {
  const { promptTokens, visionTokens, answerTokens, kv, memory, seconds: sec } = plan;
  const lines = [
    plan.message,
    ...mediaLine(plan),
    `prompt          ${promptTokens} tokens, ${visionTokens} of them of pictures`,
    `answer          room for ${answerTokens} tokens`,
    `weights         ${megabytes(memory.weights)}`,
    `keys and values ${megabytes(memory.keysAndValues)} in ${kv}`,
    `working memory  ${megabytes(memory.working)}`,
    `kept features   ${megabytes(memory.keptFeatures)}`,
    `all together    ${megabytes(memory.total)}`,
    ...(sec
      ? [
          `first token     after ${seconds(sec.firstToken)} (media ${seconds(sec.media)}, vision ${seconds(sec.vision)}, prefill ${seconds(sec.prefill)})`,
          `each token      ${seconds(sec.token)}`,
        ]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}
