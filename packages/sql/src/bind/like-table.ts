import type {
  ColumnDefinition,
  CreateTable,
  LikeClause,
  LikeFeature,
  LikeStrategy,
  OptionEntry,
  TableDeclaration,
} from '../ast.ts';
import type { Report } from '../diagnostic.ts';

/** What Flink does with a feature that LIKE says nothing about. */
function strategiesOf({ choices }: LikeClause): (feature: LikeFeature) => LikeStrategy {
  const said = new Map(choices.map(({ feature, strategy }) => [feature, strategy]));
  return (feature) => said.get(feature) ?? said.get('ALL') ?? (feature === 'OPTIONS' ? 'OVERWRITING' : 'INCLUDING');
}

/** CREATE TABLE t (...) LIKE other: the columns of the other table, then its own. What both declare and LIKE may not overwrite is reported. */
export function likeTable(
  statement: CreateTable,
  like: LikeClause,
  source: TableDeclaration,
  report: Report,
): TableDeclaration {
  const strategyOf = strategiesOf(like);
  const included = (feature: LikeFeature) => strategyOf(feature) !== 'EXCLUDING';
  const watermark = included('WATERMARKS') ? source.watermark : undefined;
  if (watermark !== undefined && statement.watermark !== undefined && strategyOf('WATERMARKS') === 'INCLUDING') {
    const remedy = 'add (EXCLUDING WATERMARKS) or (OVERWRITING WATERMARKS) to LIKE';
    report.error('sql.duplicate-name', statement.watermark, `${source.name.text} has a WATERMARK already: ${remedy}.`);
  }
  const primaryKey = included('CONSTRAINTS') ? source.primaryKey : undefined;
  if (primaryKey !== undefined && statement.primaryKey !== undefined) {
    const message = `${source.name.text} has a PRIMARY KEY already: add (EXCLUDING CONSTRAINTS) to LIKE.`;
    report.error('sql.duplicate-name', statement.primaryKey, message);
  }
  const partitionedBy = included('PARTITIONS') ? source.partitionedBy : undefined;
  if (partitionedBy !== undefined && statement.partitionedBy !== undefined) {
    const message = `${source.name.text} is PARTITIONED BY already: add (EXCLUDING PARTITIONS) to LIKE.`;
    report.error('sql.duplicate-name', statement.partitionedBy, message);
  }
  return {
    ...statement,
    columns: mergeColumns(statement, source, strategyOf, report),
    watermark: statement.watermark ?? watermark,
    primaryKey: statement.primaryKey ?? primaryKey,
    partitionedBy: statement.partitionedBy ?? partitionedBy,
    options: mergeOptions(statement, source, strategyOf('OPTIONS'), report),
    incomplete: statement.incomplete || source.incomplete,
    optionsIncomplete: statement.optionsIncomplete || (included('OPTIONS') && source.optionsIncomplete),
  };
}

const FEATURE_OF = { physical: undefined, computed: 'GENERATED', metadata: 'METADATA' } as const;

function mergeColumns(
  statement: CreateTable,
  source: TableDeclaration,
  strategyOf: (feature: LikeFeature) => LikeStrategy,
  report: Report,
): readonly ColumnDefinition[] {
  const own = new Map(statement.columns.map((column) => [column.name.text, column]));
  const taken = source.columns.flatMap((column): readonly ColumnDefinition[] => {
    const feature = FEATURE_OF[column.kind];
    const strategy = feature === undefined ? 'INCLUDING' : strategyOf(feature);
    if (strategy === 'EXCLUDING') return [];
    const other = own.get(column.name.text);
    if (other === undefined) return [column];
    own.delete(column.name.text);
    if (strategy === 'OVERWRITING' && other.kind === column.kind) return [other];
    const remedy =
      feature === undefined
        ? 'leave it out, or give it another name'
        : `add (OVERWRITING ${feature}) to LIKE, or leave it out`;
    const message = `${source.name.text} has a column ${column.name.text} already: ${remedy}.`;
    report.error('sql.duplicate-name', other.name, message);
    return [column];
  });
  return [...taken, ...statement.columns.filter((column) => own.get(column.name.text) === column)];
}

function mergeOptions(
  statement: CreateTable,
  source: TableDeclaration,
  strategy: LikeStrategy,
  report: Report,
): readonly OptionEntry[] {
  if (strategy === 'EXCLUDING') return statement.options;
  const own = new Set(statement.options.map(({ key }) => key));
  const twice = strategy === 'INCLUDING' ? source.options.filter(({ key }) => own.has(key)) : [];
  for (const { key } of twice) {
    const entry = statement.options.find((option) => option.key === key);
    const message = `${source.name.text} has an option '${key}' already: add (OVERWRITING OPTIONS) to LIKE.`;
    report.error('sql.duplicate-name', entry?.keySpan ?? statement.name, message);
  }
  return [...source.options.filter(({ key }) => !own.has(key)), ...statement.options];
}
