import type { Bind, Execute, KeyColumn, KeyColumns } from '../read-dialect.js'
import type { SqlField } from '../sql-connection.js'
import { castText } from './cast-text.js'
import { lossyCharset, lossyTimeZone } from './lossy-settings.js'

// The protocol's numbers of column types and flags.
const FLOAT = 4
const DOUBLE = 5
const TIMESTAMP = 7
const DATE = 10
const TIME = 11
const DATETIME = 12
const BIT = 16
const DECIMAL = 246
const INTEGERS: ReadonlySet<number> = new Set([1, 2, 3, 8, 9, 13])
const NUMBERS_AND_TIMES: ReadonlySet<number> = new Set([
  ...INTEGERS,
  FLOAT,
  DOUBLE,
  DECIMAL,
  DATE,
  TIME,
  DATETIME,
  TIMESTAMP,
])
const UNFIT: ReadonlyMap<number, string> = new Map([
  [242, 'VECTOR'],
  [245, 'JSON'],
  [255, 'GEOMETRY'],
])
const NOT_NULL = 1
const UNSIGNED = 32
const ENUM_OR_SET = 256 | 2048
const BINARY_CHARSET = 63

/** SQL for the server's text of a column; bytes are not asked for as text. */
export function textOf(field: SqlField): ((column: string) => string) | undefined {
  const isBytes = !NUMBERS_AND_TIMES.has(field.typeId) && field.charset === BINARY_CHARSET
  return isBytes || UNFIT.has(field.typeId) ? undefined : asChar
}

type Kind = Omit<KeyColumn, 'notNull'>

/** A text is bound as it is, so that the column's collation compares it. */
const TEXT: Kind = { exactText: false, text: asChar, value: (text, bind) => bind(text) }

/** What is known of key columns by what the server says of them in a result. `cast`: whether the host casts values itself. */
export async function readKeyColumns(
  execute: Execute,
  fields: readonly SqlField[],
  { cast }: { readonly cast: boolean },
): Promise<KeyColumns> {
  const kinds = fields.map((field) => kindOf(field, cast))
  const columns = kinds.map((kind, index) => ({ ...kind, notNull: hasFlag(fields[index] as SqlField, NOT_NULL) }))
  const lossy =
    (kinds.includes(TEXT) ? await lossyCharset(execute) : undefined) ??
    (kinds.includes(INSTANT) ? await lossyTimeZone(execute) : undefined)
  return { columns, lossy }
}

function kindOf(field: SqlField, cast: boolean): Kind {
  const unfit = UNFIT.get(field.typeId)
  if (unfit !== undefined) return { ...TEXT, unfit: `a column that can be kept as a place, which ${unfit} cannot` }
  // They are in the order of their numbers, and compared with a text they would be texts.
  if (hasFlag(field, ENUM_OR_SET) || field.typeId === BIT) return number('UNSIGNED', (column) => `${column} + 0`)
  if (INTEGERS.has(field.typeId)) {
    const type = hasFlag(field, UNSIGNED) ? 'UNSIGNED' : 'SIGNED'
    // What the driver gives is exact, so that its text need not be asked for.
    return cast ? number(type) : ofText(type)
  }
  switch (field.typeId) {
    case DECIMAL:
      return number(`DECIMAL(65, ${field.decimals ?? 0})`)
    case FLOAT:
    case DOUBLE:
      // The text of a FLOAT has six digits, that of a DOUBLE all. 0 and -0 are a tie.
      return { ...number('DOUBLE', (column) => `${column} + 0e0`), exactText: false }
    case DATE:
      return moment('DATE')
    case DATETIME:
      return moment('DATETIME(6)')
    case TIME:
      return number('TIME(6)')
    case TIMESTAMP:
      return INSTANT
    default:
      return field.charset === BINARY_CHARSET ? BYTES : TEXT
  }
}

/** What is cast to a type from its text. Where it is the type of the column, an index serves it. */
function number(type: string, of: (column: string) => string = (column) => column): Kind {
  return { ...ofText(type), text: (column) => asChar(of(column)) }
}

function ofText(type: string): Kind {
  return { exactText: true, value: (text, bind) => castText(bind(text), type) }
}

const BYTES: Kind = {
  exactText: true,
  text: (column) => `HEX(${column})`,
  value: (text, bind) => `UNHEX(${bind(text)})`,
}

/** Zero dates, and dates with zeros in them, are cast by no `sql_mode` that forbids them, but compared as numbers by all. */
function moment(type: 'DATE' | 'DATETIME(6)'): Kind {
  return {
    exactText: true,
    text: asChar,
    value: (text, bind) => {
      if (!/-00/.test(text.slice(0, 10))) return castText(bind(text), type)
      return castText(bind(text.replace(/[- :]/g, '')), 'DECIMAL(20, 6)')
    },
  }
}

/**
 * A TIMESTAMP is an instant, kept as seconds since 1970: the session's time zone shows one clock for two instants when
 * summer ends. An index is asked by that clock, two hours further where it is set back near by.
 */
const INSTANT: Kind = {
  exactText: true,
  text: (column) => asChar(`UNIX_TIMESTAMP(${column})`),
  compared: (column) => `UNIX_TIMESTAMP(${column})`,
  value: (text, bind) => seconds(text, bind),
  bound: (text, bind, direction) => {
    const shown = (shift: number): string => `FROM_UNIXTIME(${seconds(text, bind)} + ${shift})`
    const isEven = `TIMESTAMPDIFF(SECOND, ${shown(-10_800)}, ${shown(10_800)}) = 21600`
    // Before 1970, and from the year on that the server does not know, there is no clock.
    const [further, end] = direction === 'asc' ? [-7_200, 'FROM_UNIXTIME(0)'] : [7_200, 'CAST(99991231 AS DATETIME)']
    return `COALESCE(IF(${isEven}, ${shown(0)}, ${shown(further)}), ${end})`
  },
}

function seconds(text: string, bind: Bind): string {
  return castText(bind(text), 'DECIMAL(20, 6)')
}

function asChar(expression: string): string {
  return `CAST(${expression} AS CHAR)`
}

function hasFlag({ flags = 0 }: SqlField, flag: number): boolean {
  return (flags & flag) !== 0
}
