// Where an OpenAI-shaped server is, and what may be said about it: the key is in one header of the requests to its own address and
// nowhere else.

export interface EndpointOptions {
  /** The base of an OpenAI-shaped API, such as `https://api.openai.com/v1`, or the whole address of its chat completions. */
  readonly url: string;
  readonly model: string;
  readonly key?: string | null;
}

export interface Endpoint {
  /** Where requests for an answer go. */
  readonly address: string;
  /** The same in messages: without what may be secret. */
  readonly label: string;
  readonly model: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Takes the key out of a text. */
  readonly redacted: (text: string) => string;
}

/** `who` is asked there, in errors. @throws TypeError for an address, model or key that no request can be made with. */
export function endpointOf({ url, model, key = null }: EndpointOptions, who: string): Endpoint {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url))
    throw new TypeError(`The address of ${who} must begin with http:// or https://, for example https://api.openai.com/v1.`); // prettier-ignore
  const address = new URL(url);
  if (address.username !== '' || address.password !== '')
    throw new TypeError(`The address of ${who} holds a name or password; give a key by itself instead.`);
  if (model.trim() === '') throw new TypeError(`The model of ${who} has no name.`);
  // A header takes nothing else, and the error of whoever made the request would show it.
  if (key !== null && !/^[\x21-\x7e]+$/.test(key))
    throw new TypeError(`The key of ${who} is empty or has blanks, line ends or letters beyond ASCII. Copy it again.`); // prettier-ignore
  const path = address.pathname.replace(/\/+$/, '');
  address.pathname = path.endsWith('/chat/completions') ? path : `${path}/chat/completions`;
  address.hash = '';
  return {
    address: address.href,
    label: `${address.origin}${address.pathname}`,
    model,
    headers: {
      'Content-Type': 'application/json',
      ...(key !== null && { Authorization: `Bearer ${key}` }),
    },
    redacted: (text) => (key === null ? text : text.replaceAll(key, '(the key)')),
  };
}
