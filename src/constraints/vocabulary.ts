// The tokens of a vocabulary by their bytes: a trie, written out in the order of a walk, so that tokens with the same
// beginning are looked at together and a subtree is passed over in one step.

/** What a token spells: bytes, or text that stands for itself; nothing for tokens that are never part of an answer. */
export type TokenPiece = (id: number) => Uint8Array | string;

/** Nodes in preorder; a node is one more byte. */
export interface TokenTrie {
  readonly bytes: Uint8Array;
  /** How many bytes stand before that of a node. */
  readonly depths: Uint16Array;
  /** The node behind the last one of its subtree. */
  readonly ends: Uint32Array;
  /** Where the tokens that a node completes begin in `tokens`; they end where those of the next node begin. */
  readonly tokenStarts: Uint32Array;
  readonly tokens: Uint32Array;
  /** Bytes of the longest token. */
  readonly deepest: number;
}

interface Spelled {
  readonly id: number;
  /** One character for each byte, which sorts as the bytes do. */
  readonly text: string;
}

const utf8 = new TextEncoder();

export class Vocabulary {
  /** Ids that have logits: 0 .. size - 1. */
  readonly size: number;
  readonly #pieces: readonly Uint8Array[];
  #trie: TokenTrie | null = null;

  /** Takes a moment for 150,000 tokens: make it once for a model. */
  constructor(size: number, piece: TokenPiece) {
    this.size = size;
    this.#pieces = Array.from({ length: size }, (_, id) => {
      const spelled = piece(id);
      return typeof spelled === 'string' ? utf8.encode(spelled) : spelled;
    });
  }

  /** The bytes of a token; none where it has none. */
  bytes(id: number): Uint8Array {
    return this.#pieces[id] ?? new Uint8Array(0);
  }

  get trie(): TokenTrie {
    return (this.#trie ??= trieOf(this.#pieces));
  }
}

function trieOf(pieces: readonly Uint8Array[]): TokenTrie {
  const spelled = sorted(pieces);
  const places = spelled.map(({ text }, i) => shared(spelled[i - 1]?.text ?? '', text));
  const nodes = spelled.reduce((sum, { text }, i) => sum + text.length - (places[i] ?? 0), 0);
  const deepest = spelled.reduce((most, { text }) => Math.max(most, text.length), 0);
  const bytes = new Uint8Array(nodes);
  const depths = new Uint16Array(nodes);
  const ends = new Uint32Array(nodes);
  const tokenStarts = new Uint32Array(nodes + 1);
  const open = new Uint32Array(deepest); // the node of each depth whose subtree goes on
  let node = 0;
  let before = 0; // bytes of the token before
  spelled.forEach(({ text }, i) => {
    const from = places[i] ?? 0;
    for (let depth = from; depth < before; depth++) ends[open[depth] ?? 0] = node;
    for (let depth = from; depth < text.length; depth++) {
      bytes[node] = text.charCodeAt(depth);
      depths[node] = depth;
      open[depth] = node;
      // Tokens stand in the order of the nodes; those of equal bytes belong to one node.
      tokenStarts[node] = i;
      node += 1;
    }
    before = text.length;
  });
  for (let depth = 0; depth < before; depth++) ends[open[depth] ?? 0] = node;
  tokenStarts[nodes] = spelled.length;
  return { bytes, depths, ends, tokenStarts, tokens: Uint32Array.from(spelled, ({ id }) => id), deepest };
}

function sorted(pieces: readonly Uint8Array[]): Spelled[] {
  const spelled = pieces.map((bytes, id) => ({ id, text: String.fromCharCode(...bytes) }));
  return spelled
    .filter(({ text }) => text !== '')
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : a.id - b.id));
}

/** How many characters two texts begin with alike. */
function shared(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  return length;
}
