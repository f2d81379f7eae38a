// What an answer must be, told to a server that guides its choice of tokens, and looked at when it has answered: a server that knows
// no such field leaves it out without a word.

import type { AskOptions } from '../../api.ts';
import { Molmo2Error } from '../../errors.ts';

type Expect = Exclude<AskOptions['expect'], undefined>;

const option = 'options.expect';
const yesNo = ['Yes', 'No', 'yes', 'no'];

function choicesOf(expect: Expect): readonly string[] | null {
  if (expect === 'yes-no') return yesNo;
  return typeof expect === 'object' && 'choices' in expect ? expect.choices : null;
}

/** Fields of a request. @throws TypeError for what no server is told. */
export function guidance(expect: AskOptions['expect']): Readonly<Record<string, unknown>> {
  if (expect === undefined) return {};
  const choice = choicesOf(expect);
  if (choice) return { structured_outputs: { choice } };
  if (typeof expect === 'string')
    throw new TypeError(
      `${option} "${expect}" is a grammar of the engine on this machine, with the times and pictures that were shown; a server has none. Leave it out, or write { regExp }.`,
    );
  if ('regExp' in expect) {
    const { source, flags } = expect.regExp;
    if (/[^uv]/.test(flags))
      throw new TypeError(`${option}.regExp has the flags "${flags}", which a server does not know. Write the expression without.`); // prettier-ignore
    // Servers match from end to end, and some know no anchors.
    const plain = /^\^?[^|]*$/.test(source) ? source.replace(/^\^/, '').replace(/(?<!\\)\$$/, '') : source;
    return { structured_outputs: { regex: plain } };
  }
  if ('jsonSchema' in expect) {
    const json_schema = { name: 'answer', strict: true, schema: expect.jsonSchema };
    return { response_format: { type: 'json_schema', json_schema } };
  }
  throw new TypeError(`${option} must be "yes-no", { choices }, { regExp } or { jsonSchema } for a server.`);
}

function isAsExpected(text: string, expect: Expect): boolean {
  const choices = choicesOf(expect);
  if (choices) return choices.includes(text);
  if (typeof expect === 'string') return true;
  if ('regExp' in expect) return new RegExp(`^(?:${expect.regExp.source})$`, expect.regExp.flags).test(text);
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** @throws Molmo2Error `bad-request` for a whole answer that is not what was expected. */
export function checkExpected(text: string, expect: AskOptions['expect']): void {
  if (expect === undefined || isAsExpected(text, expect)) return;
  const start = text.length > 80 ? `${text.slice(0, 80)} ...` : text;
  throw new Molmo2Error(
    'bad-request',
    `The server answered ${JSON.stringify(start)}, which is not what ${option} allows: it does not know the request's structured_outputs or response_format. Update vLLM, or ask without.`,
  );
}
