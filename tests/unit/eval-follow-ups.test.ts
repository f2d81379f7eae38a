import { describe, expect, test } from 'vitest';
import { followUpScores, type FollowUp } from '../../eval/run/follow-ups.ts';
import { makeConversation } from '../../eval/scenes/conversations.ts';
import { sceneKinds, type SceneKind } from '../../eval/scenes/scene.ts';

describe('conversations about scenes', () => {
  test('the second question is about the same medium, points at something, and is another one', async () => {
    for (const kind of sceneKinds)
      for (let index = 0; index < 1; index++) {
        const { name, first, second } = await makeConversation({ seed: 5, index, kind });
        expect(name).toBe(`scene-5-${index}`);
        expect(second.media).toBe(first.media);
        expect(second.prompt).not.toBe(first.prompt);
        expect([first.id, second.id]).toEqual([`${name}-1`, `${name}-2`]);
        expect(['points', 'video-points', 'tracks']).toContain(second.reference.kind);
      }
  });

  test('the same choice makes the same conversation', async () => {
    const [one, again] = await Promise.all([0, 0].map(() => makeConversation({ seed: 9, index: 3 })));
    expect(JSON.stringify(again)).toBe(JSON.stringify(one));
    const other = await makeConversation({ seed: 10, index: 3 });
    expect(JSON.stringify(other)).not.toBe(JSON.stringify(one));
  });
});

describe('scores of follow-ups', () => {
  const followUp = (kind: SceneKind, behind: number, fresh: number, text = 'a'): FollowUp => ({
    name: '',
    kind,
    firstPrompt: '',
    firstText: '',
    prompt: '',
    behind: { text, f1: behind },
    fresh: { text: 'a', f1: fresh },
  });

  test('means, their difference question by question, and how many texts are the same', () => {
    // 1, 1/2 and 0 against 1, 1 and 1/2: 1/2 against 5/6.
    const scores = followUpScores([
      followUp('image', 1, 1),
      followUp('image', 0.5, 1, 'b'),
      followUp('image', 0, 0.5, 'c'),
    ]);
    expect(scores).toHaveLength(1);
    const [{ behind, fresh, paired, same }] = scores as [(typeof scores)[0]];
    expect([behind.value, fresh.value, same]).toEqual([0.5, 2.5 / 3, 1 / 3]);
    expect(paired.difference.value).toBeCloseTo(-1 / 3, 12);
    expect(paired).toMatchObject({ better: 0, worse: 2, same: 1 });
  });

  test('kinds of scenes are told apart, all together first', () => {
    const scores = followUpScores([followUp('image', 1, 1), followUp('video', 0, 1, 'b')]);
    expect(scores.map(({ kind, behind }) => [kind, behind.value])).toEqual([
      [null, 0.5],
      ['image', 1],
      ['video', 0],
    ]);
    expect(followUpScores([])).toEqual([]);
  });
});
