import type { Expression } from '@millrace/plan';
import { columnOf, filter, project, type Relation, type Step, unionAll } from './relation.ts';
import { step } from './step.ts';
import { remapWork } from './step-columns.ts';
import { windowColumnsOf } from './window-columns.ts';

/** A relation, and which of its columns is the window_time of its rows. */
export interface WithWindowTime {
  readonly relation: Relation;
  readonly time: number;
}

/**
 * The relation with the window_time of its rows, which a query may have left out: behind its columns, where it is not among them. Undefined
 * where rows carry no window, or something in between makes them anew.
 */
export function withWindowTime(relation: Relation): WithWindowTime | undefined {
  const { eventTime } = relation;
  if (eventTime !== undefined && windowColumnsOf(relation).get(eventTime) === 'time')
    return { relation, time: eventTime };
  switch (relation.kind) {
    case 'filter': {
      const below = withWindowTime(relation.input);
      return below && { ...below, relation: filter(below.relation, relation.predicate) };
    }
    case 'project': {
      const below = withWindowTime(relation.input);
      if (below === undefined) return undefined;
      const expressions = [...relation.expressions, columnOf(below.relation, below.time)];
      return behind(project(below.relation, expressions, [...namesOf(relation), 'window_time']));
    }
    case 'union':
      return ofUnion(relation.inputs, relation);
    case 'step':
      return windowColumnsOf(relation).size === 0 ? undefined : ofStep(relation);
    default:
      return undefined;
  }
}

/**
 * The relation with the end of its rows' windows as the watermark counts: `end`, its window_end, unless that is a local time and the times are instants.
 * Then it stands in a column behind the others.
 */
export function withWindowEnd(relation: Relation, end: number): { readonly relation: Relation; readonly end: number } {
  const timed = withWindowTime(relation);
  if (timed === undefined) return { relation, end };
  const time = columnOf(timed.relation, timed.time);
  if (time.type.kind !== 'timestamp_ltz') return { relation, end };
  const instant: Expression = { kind: 'call', name: 'datetime-plus', args: [time, ONE_MS], type: time.type };
  const columns = relation.fields.map((_, index) => columnOf(timed.relation, index));
  const names = [...namesOf(relation), 'window_end'];
  return { relation: project(timed.relation, [...columns, instant], names), end: columns.length };
}

const ONE_MS: Expression = {
  kind: 'literal',
  value: 1,
  type: { kind: 'interval', unit: 'milliseconds', nullable: false },
};

function ofUnion(inputs: readonly Relation[], { fields }: Relation): WithWindowTime | undefined {
  const known = inputs.map(withWindowTime).filter((input) => input !== undefined);
  const [first] = known.map(({ relation, time }) => relation.fields[time]);
  const areAlike = known.every(({ relation, time }) => relation.fields[time]?.type.kind === first?.type.kind);
  if (known.length < inputs.length || first === undefined || !areAlike) return undefined;
  const widened = known.map(({ relation, time }) => {
    const columns = [...fields.keys(), time].map((index) => columnOf(relation, index));
    return project(relation, columns, [...fields.map(({ name }) => name), 'window_time']);
  });
  return behind(unionAll(widened, [...fields, { name: 'window_time', type: first.type }]));
}

/** The step over an input that has the time, its columns in their order. A RIGHT JOIN has the windows of its right side. */
function ofStep(relation: Step): WithWindowTime | undefined {
  const { work, inputs, fields } = relation;
  const side = work.kind === 'window-join' && work.type === 'right' ? 1 : 0;
  const input = inputs[side];
  const below = input && withWindowTime(input);
  if (input === undefined || below === undefined) return undefined;
  const wider = inputs.map((each, at) => (at === side ? below.relation : each));
  const widths = inputs.map((each) => each.fields.length);
  const moved = wider.map((each) => each.fields.length);
  const before = widths.slice(0, side).reduce((sum, width) => sum + width, 0);
  const time = before + below.time;
  if (below.relation.fields.length === input.fields.length) {
    return { relation: { ...relation, inputs: wider, eventTime: time }, time };
  }
  const widened = step(
    remapWork(work, (_input, index) => index, widths, moved),
    wider,
    time,
  );
  const added = before + input.fields.length;
  const places = [...fields.keys()].map((index) => (index < added ? index : index + 1));
  const columns = [...places, time].map((index) => columnOf(widened, index));
  return behind(project(widened, columns, [...namesOf(relation), 'window_time']));
}

function behind(relation: Relation): WithWindowTime {
  return { relation, time: relation.fields.length - 1 };
}

function namesOf(relation: Relation): readonly string[] {
  return relation.fields.map(({ name }) => name);
}
