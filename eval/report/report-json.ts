// The report as JSON: all that the page says, without pictures and masks. Pure.

import type { DrawnMark, ShownPlace } from './marks.ts';
import type { EvalReport, ReportedRun, ReportExample } from './report.ts';

/** What `reportJson` writes. */
export interface ReportFile {
  readonly format: 'molmo2-eval-report';
  readonly version: 1;
  readonly runs: readonly (Omit<ReportedRun, 'examples' | 'failures'> & {
    readonly failures: readonly FailureEntry[];
    readonly examples: readonly ExampleEntry[];
  })[];
}

interface FailureEntry {
  readonly id: string;
  readonly prompt: string;
  readonly code: string | null;
  readonly message: string | null;
}

interface ExampleEntry {
  readonly id: string;
  readonly kind: string;
  readonly category: string | null;
  readonly prompt: string;
  readonly answer: string | null;
  readonly expected: string | null;
  readonly score: number | null;
  readonly why: string;
  readonly pictures: readonly {
    readonly place: ShownPlace;
    readonly marks: readonly (DrawnMark & { readonly mask?: never })[];
  }[];
}

function withoutMask(mark: DrawnMark): DrawnMark & { readonly mask?: never } {
  if (mark.what !== 'reference') return mark;
  const { mask: _, ...rest } = mark;
  return rest;
}

function exampleEntry({ asked, expected, why, shown }: ReportExample): ExampleEntry {
  return {
    id: asked.id,
    kind: asked.kind,
    category: asked.category ?? null,
    prompt: asked.prompt,
    answer: asked.answer?.text ?? null,
    expected,
    score: asked.score?.score ?? null,
    why,
    pictures: shown.pictures.map(({ place, marks }) => ({ place, marks: marks.map(withoutMask) })),
  };
}

export function reportFile({ runs }: EvalReport): ReportFile {
  return {
    format: 'molmo2-eval-report',
    version: 1,
    runs: runs.map((run) => ({
      ...run,
      failures: run.failures.map(({ id, prompt, error }) => ({
        id,
        prompt,
        code: error?.code ?? null,
        message: error?.message ?? null,
      })),
      examples: run.examples.map(exampleEntry),
    })),
  };
}

/** Text of a file. */
export function reportJson(report: EvalReport): string {
  return `${JSON.stringify(reportFile(report), null, 1)}\n`;
}
