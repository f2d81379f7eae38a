import { Template } from '@huggingface/jinja';
import { expect, test } from 'vitest';
import type { ChatMessage } from '../../src/api.ts';
import { followUpChat, renderChat, renderText } from '../../src/text/chat-template.ts';
import { styledText, stylesWithoutPrefix } from '../../src/text/styles.ts';
import { golden, integer, pick, readJson, scriptedText, seeded } from './text-support.ts';

interface ChatRow {
  readonly messages: readonly ChatMessage[];
  readonly add_generation_prompt: boolean;
  readonly text?: string;
  readonly error?: string;
}
const { chat } = readJson(new URL('functions.json', golden)) as { chat: readonly ChatRow[] };

test.each(chat)('the template renders as the reference does: $messages', (row) => {
  const render = () => renderText(renderChat(row.messages, { generationPrompt: row.add_generation_prompt }));
  if (row.error === undefined) expect(render()).toBe(row.text);
  else expect(render).toThrow(expect.objectContaining({ code: 'bad-request' }));
});

const ask = (content: ChatMessage['content']): ChatMessage => ({ role: 'user', content });
const said = (content: string): ChatMessage => ({ role: 'assistant', content });

test('a past answer at the end stays open when no new answer is asked for', () => {
  expect(renderText(renderChat([ask('Q1'), said('A1')], { generationPrompt: false }))).toBe(
    '<|im_start|>user\nQ1<|im_end|>\n <|im_start|>assistant\nA1',
  );
});

test('pictures of later turns stand in front of everything', () => {
  const messages = [
    ask([{ type: 'image' }]),
    said('A'),
    ask([{ type: 'text', text: 'Q' }, { type: 'image' }]),
  ];
  expect(renderText(renderChat(messages))).toMatch(
    /^Image 1<\|image\|>Image 2<\|image\|><\|im_start\|>user\n<\|im_end/,
  );
});

test('text parts are joined with one blank; an empty first part adds nothing, an empty later part its blank', () => {
  const text = (...parts: string[]) =>
    renderText(renderChat([ask(parts.map((t) => ({ type: 'text', text: t })))]));
  expect(text('', 'a')).toContain('user\na<|im_end|>');
  expect(text(' a ', '', 'b')).toContain('user\n a   b<|im_end|>');
});

test('role names are read in any case', () => {
  expect(renderText(renderChat([{ role: 'User', content: 'a' }]))).toContain('<|im_start|>user\na');
});

test('typed control tokens stay in the plain segments', () => {
  const segments = renderChat([ask('<|im_end|><|image|>')]);
  expect(segments).toEqual([
    { token: '<|im_start|>' },
    'user\n<|im_end|><|image|>',
    { token: '<|im_end|>' },
    '\n',
    { token: '<|im_start|>' },
    'assistant\n',
  ]);
});

test.each([
  ['no message', []],
  ['a system message', [{ role: 'system', content: 'Be brief.' }, ask('a')]],
  ['a subtitle alone', [{ role: 'subtitle', content: 'a' }]],
  ['a subtitle later on', [ask('a'), { role: 'subtitle', content: 'b' }]],
  ['nothing left to answer', [ask('a'), said('b')]],
  ['a part of an unknown type', [ask([{ type: 'audio' } as never])]],
  ['no content', [{ role: 'user' } as never]],
])('a conversation with %s is refused', (_, messages: ChatMessage[]) => {
  expect(() => renderChat(messages)).toThrow(expect.objectContaining({ code: 'bad-request' }));
});

test('the refusal of a system message says where its text may go', () => {
  expect(() => renderChat([{ role: 'system', content: 'x' }])).toThrow(/Message 1 .*"system".*user message/);
});

test('styles outside the list become a prefix', () => {
  expect(styledText('Q', 'vqa2')).toBe('vqa2: Q');
  expect(styledText('Q', 'video_point_ground_start_end')).toBe('video_point_ground_start_end: Q');
  expect(styledText('Q', 'pointing')).toBe('Q');
  expect(styledText('Q')).toBe('Q');
  expect(stylesWithoutPrefix.size).toBe(41);
});

test('a follow-up closes the generated turn once more, as in training', () => {
  expect(renderText(followUpChat('Q2', 'vqa2'))).toBe(
    '<|im_end|>\n<|im_start|>user\nvqa2: Q2<|im_end|>\n<|im_start|>assistant\n',
  );
});

// The rules of the format a second time, in the language in which checkpoints state them.
const jinja = new Template(
  `{%- set media = namespace(images=0) -%}
{%- set turns = messages[1:] if messages[0].role == 'subtitle' else messages -%}
{%- for m in messages -%}{%- if m.content is not string -%}{%- for p in m.content -%}
{%- if p.type == 'image' -%}{%- set media.images = media.images + 1 -%}{%- endif -%}
{%- endfor -%}{%- endif -%}{%- endfor -%}
{%- for n in range(media.images) -%}
{{- 'Image ' ~ (n + 1) if media.images > 1 else '' -}}{{- '<|image|>' -}}
{%- endfor -%}
{%- for m in messages -%}{%- if m.content is not string -%}{%- for p in m.content -%}
{{- '<|video|>' if p.type == 'video' else '' -}}
{%- endfor -%}{%- endif -%}{%- endfor -%}
{{- messages[0].content if messages[0].role == 'subtitle' else '' -}}
{%- for m in turns -%}
{{- ' ' if loop.index0 % 2 == 1 else '' -}}{{- '<|im_start|>' ~ m.role ~ '\\n' -}}
{%- if m.content is string -%}{{- m.content -}}{%- else -%}
{%- set body = namespace(text='') -%}
{%- for p in m.content -%}{%- if p.type == 'text' -%}
{%- set said = p.style ~ ': ' ~ p.text if p.style and p.style not in plain else p.text -%}
{%- set body.text = said if body.text == '' else body.text ~ ' ' ~ said -%}
{%- endif -%}{%- endfor -%}{{- body.text -}}
{%- endif -%}
{{- '<|im_end|>\\n' if m.role == 'user' or not loop.last else '' -}}
{%- endfor -%}
{{- '<|im_start|>assistant\\n' if add_generation_prompt else '' -}}`,
);

test('300 random conversations render as the same rules written in Jinja', () => {
  const random = seeded(7);
  const part = () => {
    const text = random() < 0.1 ? '' : scriptedText(random);
    const style = pick(random, ['', 'vqa2', 'pointing', 'doc_qa']);
    if (random() < 0.7) return { type: 'text' as const, text, style };
    return { type: pick(random, ['image', 'video'] as const) };
  };
  for (let n = 0; n < 300; n++) {
    const messages: ChatMessage[] =
      random() < 0.3 ? [{ role: 'subtitle', content: scriptedText(random) }] : [];
    const turns = 1 + 2 * integer(random, 3);
    for (let i = 0; i < turns; i++)
      messages.push({
        role: i % 2 === 0 ? 'user' : 'assistant',
        content: random() < 0.5 ? scriptedText(random) : Array.from({ length: 1 + integer(random, 4) }, part),
      });
    const generationPrompt = random() < 0.5;
    const expected = jinja.render({
      messages,
      plain: [...stylesWithoutPrefix],
      add_generation_prompt: generationPrompt,
    });
    expect(renderText(renderChat(messages, { generationPrompt }))).toBe(expected);
  }
});
