import { Counter, type CounterConfiguration, type Histogram, type Registry } from 'prom-client';

type Labels<L extends string> = Partial<Record<L, string>>;

/** One child of a counter: adding to it finds nothing by labels, which costs more than the adding. */
export class Tally {
  private unread = 0;

  inc(by = 1): void {
    this.unread += by;
  }

  /** What was added since it was last taken. */
  take(): number {
    const taken = this.unread;
    this.unread = 0;
    return taken;
  }
}

/** A counter for the hot path: its children are plain numbers, which move into prom-client's own when somebody reads them. */
export class TallyCounter<L extends string> extends Counter<L> {
  private readonly tallies: { readonly labels: Labels<L>; readonly tally: Tally }[];

  /** @param beforeReading called when somebody reads it, for what is not added yet */
  constructor(configuration: Omit<CounterConfiguration<L>, 'collect'>, beforeReading: () => void = () => undefined) {
    const tallies: TallyCounter<L>['tallies'] = [];
    super({
      ...configuration,
      collect() {
        beforeReading();
        for (const { labels, tally } of tallies) {
          const by = tally.take();
          if (by > 0) this.inc(labels, by);
        }
      },
    });
    this.tallies = tallies;
  }

  /** A child to keep: each call makes another one, and children of the same labels add up. */
  tally(labels: Labels<L>): Tally {
    const tally = new Tally();
    this.tallies.push({ labels, tally });
    return tally;
  }
}

/** One child of a histogram. */
export class Distribution {
  readonly counts: Float64Array;
  sum = 0;

  constructor(private readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] as number)) at++;
    (this.counts[at] as number)++;
    this.sum += value;
  }
}

/** A histogram for the hot path, in the form in which a registry of prom-client reads its own. */
export class TallyHistogram<L extends string> {
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly name: string;
  readonly help: string;
  private readonly buckets: readonly number[];
  private readonly children = new Map<string, { readonly labels: Labels<L>; readonly distribution: Distribution }>();

  /** @param buckets upper bounds, ascending; the one without bound is added */
  constructor({ name, help, buckets, registry }: { readonly name: string; readonly help: string; readonly buckets: readonly number[]; readonly registry: Registry }) {
    this.name = name;
    this.help = help;
    this.buckets = buckets;
    // All that a registry asks of a metric: its name, its values, and to begin anew.
    registry.registerMetric(this as unknown as Histogram<L>);
  }

  /** The child of these labels, to keep. */
  of(labels: Labels<L>): Distribution {
    const key = JSON.stringify(labels);
    const known = this.children.get(key);
    if (known) return known.distribution;
    const distribution = new Distribution(this.buckets);
    this.children.set(key, { labels, distribution });
    return distribution;
  }

  async get(): Promise<{ name: string; help: string; type: string; aggregator: string; values: { metricName: string; labels: object; value: number }[] }> {
    const { name, help, type, aggregator, buckets } = this;
    const values = [...this.children.values()].flatMap(({ labels, distribution: { counts, sum } }) => {
      let count = 0;
      const cumulative = [...counts].map((inBucket, at) => ({ metricName: `${name}_bucket`, labels: { ...labels, le: buckets[at] ?? '+Inf' }, value: (count += inBucket) }));
      return [...cumulative, { metricName: `${name}_sum`, labels, value: sum }, { metricName: `${name}_count`, labels, value: count }];
    });
    return { name, help, type, aggregator, values };
  }

  reset(): void {
    this.children.clear();
  }
}
