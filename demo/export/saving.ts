// Hands files to the visitor, under the name of the media: the picture with its dots, the answers, and whatever the menu makes.

import { byId, make } from '../dom.ts';
import { showError } from '../trouble/error-view.ts';
import type { OnStage } from '../stage/on-stage.ts';
import type { Talk } from '../talk/talk.ts';
import { conversationOf } from '../talk/turn.ts';
import type { Savable } from './export-menu.ts';
import { questionsFile } from './question-export.ts';
import { type Saved, savedPicture } from './save-as.ts';

/** Hands over a file; `mediaName` is what the media on the stage are called. */
export function saveFile({ content, ending }: Saved, mediaName: string): void {
  const url = URL.createObjectURL(content);
  const name = mediaName.replace(/\.[^.]*$/, '');
  make('a', { href: url, download: `${name}-${ending}` }).click();
  URL.revokeObjectURL(url);
}

/** The answers of the conversation that is shown, as a file of questions. */
function savedQuestions(stage: OnStage, talk: Talk): Saved {
  const turns = talk.shown ? conversationOf(talk.turns, talk.shown) : [];
  const fileNames = stage.media?.files.map(({ name }) => name) ?? [];
  const asked = turns.flatMap(({ question, answer, info }) =>
    answer ? [{ prompt: question.prompt, answer, media: info, fileNames }] : [],
  );
  const content = new Blob([questionsFile(asked)], { type: 'application/json' });
  return { content, ending: 'questions.json' };
}

/** Lets the buttons under the answer save; what comes back saves other files. */
export function setUpSaving(
  stage: OnStage,
  talk: Talk,
  savable: () => Savable | null,
): (saved: Saved) => void {
  const save = (saved: Saved): void => saveFile(saved, stage.media?.name ?? 'answers');
  const savePicture = async (): Promise<void> => {
    const seen = savable();
    if (seen) save(await savedPicture(seen));
  };
  byId('save', HTMLButtonElement).addEventListener('click', () => savePicture().catch(showError));
  byId('export', HTMLButtonElement).addEventListener('click', () => save(savedQuestions(stage, talk)));
  return save;
}
