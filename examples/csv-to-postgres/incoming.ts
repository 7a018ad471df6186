import { writeFile } from 'node:fs/promises'

/** By their number, from 1: a day that is none, an amount and a key that the table refuses, a quote that is left open. */
const BAD_LINES: Readonly<Record<number, string>> = {
  150: '1.00,150,"Eve, the Bad",1990-02-30',
  300: '-5.00,300,Mallory,1991-01-01',
  700: '7.00,700,"Trent,1992-01-01',
  850: '8.00,2,Ada again,1815-12-10',
}

/** Writes a file of 1,000 customers as a spreadsheet would: with commas, quotes and line breaks in names. */
export async function writeIncoming(path: string): Promise<void> {
  const lines = Array.from({ length: 1_000 }, (_, index) => BAD_LINES[index + 1] ?? goodLine(index + 1))
  await writeFile(path, ['balance,id,name,born', ...lines].join('\r\n') + '\r\n')
}

function goodLine(id: number): string {
  const name = id % 3 === 0 ? `"Customer ""No. ${id}"",\r\nBerlin"` : `Customer ${id}`
  const balance = id % 10 === 0 ? '' : `${id}.50`
  return `${balance},${id},${name},${1950 + (id % 50)}-01-31`
}
