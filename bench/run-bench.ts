// The run: opens a device, measures the denominators, then every row that is asked for. Knows neither pages nor files.

import { Molmo2Error } from '../src/errors.ts';
import { GpuRunner } from '../src/gpu/runner.ts';
import { benchCases } from './bench-cases.ts';
import { denominatorCases, denominatorsOf, type MeasuredDenominator } from './denominators/denominators.ts';
import { machineOf, type Machine } from './measure/machine.ts';
import { Budget, byWorth } from './measure/budget.ts';
import { measure, type Timing } from './measure/measure.ts';
import type { BenchRequest } from './options.ts';
import { failedRow, reportRow } from './measure/report-row.ts';
import { suiteNames } from './measure/suites.ts';
import type {
  BenchCase,
  BenchResult,
  CheckResult,
  Denominators,
  OpenCase,
  Peer,
  Report,
  ReportRow,
} from './measure/types.ts';

export type { BenchResult };

/** What a page or terminal is told while the run goes on; plain data. */
export type BenchEvent =
  | { readonly type: 'start'; readonly adapter: Report['adapter']; readonly rows: number }
  | { readonly type: 'open'; readonly row: string; readonly done: number; readonly total: number }
  | { readonly type: 'denominators'; readonly denominators: Denominators }
  | { readonly type: 'row'; readonly row: ReportRow }
  /** All that has been measured so far. */
  | ({ readonly type: 'report' } & BenchResult)
  | { readonly type: 'note'; readonly text: string };

export interface BenchSetting {
  /** For the report: the browser or Node, with its version. */
  readonly runtime: string;
  /** Opens onnxruntime-web on the device; throws where it cannot run. Null leaves it out. */
  readonly openPeer: ((device: GPUDevice) => Promise<Peer>) | null;
  readonly onEvent: (event: BenchEvent) => void;
  readonly signal?: AbortSignal | undefined;
  /** Rows beside the denominators; default all there are. */
  readonly cases?: ((machine: Machine) => readonly BenchCase[]) | undefined;
}

/** Measures. Throws `no-webgpu`, RangeError for kernels that the adapter cannot run, and the signal's own reason. */
export async function runBench(request: BenchRequest, setting: BenchSetting): Promise<BenchResult> {
  const runner = await GpuRunner.open(request.family ?? undefined);
  try {
    return await new Run(runner, request, setting).run();
  } finally {
    runner.destroy();
  }
}

/** Names of the rows that a request would measure. */
export async function listBench(request: BenchRequest): Promise<string[]> {
  const runner = await GpuRunner.open(request.family ?? undefined);
  try {
    return chosenCases(runner, request).map(titleOf);
  } finally {
    runner.destroy();
  }
}

export function titleOf({ suite, name, shape }: { suite: string; name: string; shape: string }): string {
  return `${suite}: ${name}, ${shape}`;
}

function chosenCases(
  runner: GpuRunner,
  request: BenchRequest,
  cases: NonNullable<BenchSetting['cases']> = benchCases,
): BenchCase[] {
  const machine = machineOf(runner);
  const filter = request.filter?.toLowerCase() ?? '';
  return [...denominatorCases(machine), ...cases(machine)]
    .filter(({ suite }) => request.suites.length === 0 || request.suites.includes(suite))
    .filter(({ suite, name, shape }) => `${suite} ${name} ${shape}`.toLowerCase().includes(filter))
    .filter(({ software }) => software || !machine.software || request.all)
    .sort((a, b) => suiteNames.indexOf(a.suite) - suiteNames.indexOf(b.suite));
}

/** A row, and how it was timed unless its check failed. */
interface Measured {
  readonly row: ReportRow;
  readonly timing: Timing | null;
}

class Run {
  readonly #runner: GpuRunner;
  readonly #request: BenchRequest;
  readonly #setting: BenchSetting;
  readonly #notes: string[] = [];
  readonly #budget: Budget;
  #peer: Peer | null = null;

  constructor(runner: GpuRunner, request: BenchRequest, setting: BenchSetting) {
    this.#runner = runner;
    this.#request = request;
    this.#setting = setting;
    this.#budget = new Budget(request.budgetSec);
  }

  async run(): Promise<BenchResult> {
    const { onEvent, runtime } = this.#setting;
    const { device, adapter } = this.#runner;
    const described = {
      vendor: adapter.vendor,
      architecture: adapter.architecture,
      description: adapter.description,
      features: [...device.features].sort(),
    };
    const chosen = chosenCases(this.#runner, this.#request, this.#setting.cases);
    const when = new Date().toISOString();
    onEvent({ type: 'start', adapter: described, rows: chosen.length });
    if (chosen.length === 0)
      return {
        report: { when, adapter: described, runtime, denominators: denominatorsOf([]), rows: [] },
        notes: [],
      };
    await this.#openPeer();
    const { denominators, rows } = await this.#denominators(chosen);
    const others = chosen.filter(({ suite }) => suite !== 'denominators');
    const limited = this.#request.budgetSec !== null;
    const leftOut: BenchCase[] = [];
    const found = new Map<BenchCase, ReportRow>();
    const result = (): BenchResult => ({
      // In the order of the suites, whatever came first.
      report: {
        when,
        adapter: described,
        runtime,
        denominators,
        rows: [...rows, ...others.flatMap((one) => found.get(one) ?? [])],
      },
      notes: this.#notes,
    });
    for (const one of limited ? byWorth(others) : others) {
      this.#setting.signal?.throwIfAborted();
      if (!this.#budget.hasTimeFor(one)) {
        leftOut.push(one);
        continue;
      }
      onEvent({ type: 'open', row: titleOf(one), done: rows.length + found.size, total: chosen.length });
      const startMs = performance.now();
      const done = await this.#measured(one, denominators);
      if (done === null) continue;
      const row = { ...done.row, tookSec: Math.round(performance.now() - startMs) / 1000 };
      found.set(one, row);
      onEvent({ type: 'row', row });
      onEvent({ type: 'report', ...result() });
    }
    if (leftOut.length > 0) this.#note(leftOutText(leftOut));
    return result();
  }

  #note(text: string): void {
    this.#notes.push(text);
    this.#setting.onEvent({ type: 'note', text });
  }

  async #openPeer(): Promise<void> {
    if (!this.#request.peer || this.#setting.openPeer === null) return;
    try {
      this.#peer = await this.#setting.openPeer(this.#runner.device);
    } catch (error) {
      this.#note(`onnxruntime-web cannot run here, so no row has a ratio: ${messageOf(error)}`);
    }
  }

  /** Always measured, because fractions need them; in the report's rows only when they are asked for. */
  async #denominators(
    chosen: readonly BenchCase[],
  ): Promise<{ denominators: Denominators; rows: ReportRow[] }> {
    const { onEvent } = this.#setting;
    const cases = denominatorCases(machineOf(this.#runner));
    const rows: ReportRow[] = [];
    const measured: MeasuredDenominator[] = [];
    const wanted = new Set(chosen.map(titleOf));
    for (const one of cases) {
      onEvent({ type: 'open', row: titleOf(one), done: rows.length, total: cases.length });
      const done = await this.#measured(one, null);
      if (done?.timing) measured.push({ case: one, bestMs: done.timing.bestMs });
      // A denominator that failed is told even to those who did not ask for it: fractions are missing.
      if (done && (wanted.has(titleOf(one)) || done.row.check === 'failed')) rows.push(done.row);
    }
    const denominators = denominatorsOf(measured);
    onEvent({ type: 'denominators', denominators });
    for (const row of rows) onEvent({ type: 'row', row });
    return { denominators, rows };
  }

  /** A row; null when the machine has no memory for it. */
  async #measured(one: BenchCase, denominators: Denominators | null): Promise<Measured | null> {
    let open: OpenCase | null = null;
    try {
      open = await one.open({ runner: this.#runner, kernels: this.#runner.kernels, peer: this.#peer });
      const check = await open.check();
      if (!check.ok) return this.#failed(one, wrong(check));
      if (open.peerProblem !== undefined)
        this.#note(`${titleOf(one)}: no ratio, because ${open.peerProblem}`);
      for (const note of open.peerNotes ?? []) this.#note(`${titleOf(one)}: the peer without ${note}`);
      return await this.#timed(one, open, denominators);
    } catch (error) {
      if (this.#setting.signal?.aborted) throw error;
      if (!(error instanceof Molmo2Error) || error.code !== 'out-of-memory')
        return this.#failed(one, messageOf(error));
      this.#note(`${titleOf(one)}: left out, the device has no room for it (${error.message})`);
      return null;
    } finally {
      open?.close();
    }
  }

  #failed(one: BenchCase, why: string): Measured {
    this.#note(`${titleOf(one)}: FAILED, ${why}`);
    return { row: failedRow(one), timing: null };
  }

  async #timed(one: BenchCase, open: OpenCase, denominators: Denominators | null): Promise<Measured> {
    const contenders = open.peer ? [open.ours, open.peer] : [open.ours];
    const { software } = machineOf(this.#runner);
    const rounds = this.#request.quick || software ? 5 : 20;
    const [ours, peer] = await measure(contenders, {
      rounds: Math.min(rounds, one.rounds ?? rounds),
      whole: one.whole ?? false,
      warmMs: software ? 0 : clockMs,
      mostMs: this.#budget.leftMs,
      signal: this.#setting.signal,
    });
    if (!ours) throw new Error('nothing was timed');
    const other = open.peer && peer ? { name: open.peer.name, medianMs: peer.medianMs } : null;
    const figures = await open.figures?.();
    return { row: reportRow(one, ours, other, denominators, figures), timing: ours };
  }
}

const mostNamed = 12;

/** The first of the rows that there was no time for; they come in the order of their worth. */
function leftOutText(rows: readonly BenchCase[]): string {
  const named = rows.slice(0, mostNamed).map(titleOf).join('; ');
  const more = rows.length > mostNamed ? `; and ${rows.length - mostNamed} more` : '';
  return `${rows.length} of the rows were left out for lack of time: ${named}${more}`;
}

// A GPU that was idle takes about this long until its clocks are up.
const clockMs = 300;

function wrong({ error, limit }: CheckResult): string {
  return `its numbers are off by ${error.toExponential(1)} of the largest, more than ${limit.toExponential(1)}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
