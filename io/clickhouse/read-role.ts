import { type Engine } from './engine.ts'
import { type ReadRules } from './read-guard.ts'

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

/** Keywords of the engine's printed SQL that may stand before a parenthesis without being a call. */
export const KEYWORDS_BEFORE_PARENTHESIS = words(`
  ALL AND ANTI ANY ARRAY AS ASOF BETWEEN BY CASE COLUMNS CROSS CUBE DISTINCT DIV ELSE EXCEPT FILTER FROM
  GLOBAL HAVING ILIKE IN INTERPOLATE INTERSECT INTERVAL IS JOIN LIKE LIMIT MOD NOT OFFSET ON OR OVER
  PREWHERE QUALIFY REPLACE ROLLUP SELECT SETS TABLE THEN TO UNION USING WHEN WHERE WITH PLAN PIPELINE
  SYNTAX AST ESTIMATE TREE EXPLAIN`)

/** Tables of `system` that tell nothing of other people's queries. */
export const SYSTEM_TABLES = words(`
  one numbers numbers_mt zeros zeros_mt tables columns databases functions table_functions formats parts
  data_type_families time_zones keywords build_options aggregate_function_combinators`)

const TABLE_FUNCTIONS = words(`
  numbers numbers_mt zeros zeros_mt values generateSeries generate_series generateRandom null`)

/** Categories of the engine's functions whose members only compute. */
const COMPUTING = words(`
  Aggregate_Functions Type_Conversion Dates_and_Times Arrays String Hash String_Search JSON URL
  Mathematical Arithmetic Geo Geo_Polygon Map Comparison IP_Address Tuple Distance Bitmap Random_Number
  UUID Bit Encoding String_Splitting String_Replacement Null Rounding Time_Window Logical Conditional
  Financial`)

/** Functions of category Other, and of none, that only compute. */
const ALSO_COMPUTING = words(`
  exists in notIn globalIn globalNotIn nullIn arrayJoin untuple lambda array tuple map
  row_number rank dense_rank lag lead lagInFrame leadInFrame first_value last_value nth_value ntile
  percent_rank percentRank cume_dist denseRank
  caseWithExpression caseWithoutExpression grouping connectionId bar transform version toTypeName toColumnTypeName materialize identity ignore byteSize neighbor
  runningDifference runningAccumulate rowNumberInBlock rowNumberInAllBlocks visibleWidth throwIf
  variantType variantElement getSubcolumn finalizeAggregation initializeAggregation isConstant
  currentDatabase currentUser formatReadableSize formatReadableDecimalSize formatReadableQuantity
  formatReadableTimeDelta parseReadableSize parseTimeDelta digits countDigits MACNumToString
  MACStringToNum MACStringToOUI defaultValueOfTypeName defaultValueOfArgumentType timezone`)

const COMBINATORS =
  /(?:If|Array|Map|State|SimpleState|Merge|MergeState|ForEach|Distinct|OrDefault|OrNull|Resample|ArgMin|ArgMax)$/

interface FunctionRow {
  readonly name: string
  readonly alias_to: string
  readonly categories: string
  readonly is_aggregate: number
  readonly case_insensitive: number
}

const FUNCTIONS = `SELECT name, alias_to, categories, toUInt8(is_aggregate) AS is_aggregate,
  toUInt8(case_insensitive) AS case_insensitive FROM system.functions
  UNION ALL SELECT name, '', 'table function', 0, 0 FROM system.table_functions`

/**
 * What readers may call: asked of the engine at start, so that a function it gains later is refused until
 * someone has looked at it (categories are the engine's; every unknown one is refused).
 */
export async function readRulesOf(engine: Engine): Promise<ReadRules> {
  const connection = engine.connect()
  try {
    const result = await connection.run(FUNCTIONS, 'JSONEachRow')
    const lines = Buffer.from(result.bytes).toString().trim().split('\n')
    return readRules(lines.map((line) => JSON.parse(line) as FunctionRow))
  } finally {
    connection.close()
  }
}

/** The rules over the engine's list of functions. */
export function readRules(rows: readonly FunctionRow[]): ReadRules {
  const exact = new Set<string>([...ALSO_COMPUTING])
  const lower = new Set<string>()
  const aggregates = new Set<string>()
  const byName = new Map(rows.filter(isFunction).map((row) => [row.name, row]))
  for (const row of byName.values()) {
    const target = byName.get(row.alias_to) ?? row
    if (!computes(target)) continue
    if (row.case_insensitive === 1) lower.add(row.name.toLowerCase())
    exact.add(row.name)
    if (target.is_aggregate === 1) aggregates.add(row.name)
  }
  // A table function is called like a function: where names meet, the table function decides.
  for (const row of rows.filter((candidate) => !isFunction(candidate))) {
    exact.delete(row.name)
    lower.delete(row.name.toLowerCase())
  }
  for (const name of TABLE_FUNCTIONS) exact.add(name)
  const combined = (name: string): boolean => {
    const stem = name.replace(COMBINATORS, '')
    if (stem === name || stem === '') return false
    return aggregates.has(stem) || lower.has(stem.toLowerCase()) || combined(stem)
  }
  const mayCall = (name: string): boolean =>
    exact.has(name) || lower.has(name.toLowerCase()) || combined(name)
  const forbidden = new Set(
    rows
      .filter((row) => isFunction(row) && !mayCall(row.name))
      .map((row) => row.name.toLowerCase()),
  )
  return { mayCall, isForbidden: (name) => forbidden.has(name.toLowerCase()) }
}

function isFunction(row: FunctionRow): boolean {
  return row.categories !== 'table function'
}

function computes(row: FunctionRow): boolean {
  if (row.is_aggregate === 1 || ALSO_COMPUTING.has(row.name)) return true
  return COMPUTING.has(row.categories.replaceAll(' ', '_'))
}
