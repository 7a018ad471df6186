import type { LoggerService } from '@nestjs/common'
import { Test, type TestingModule, type TestingModuleBuilder } from '@nestjs/testing'
import { afterEach } from 'vitest'

const open: TestingModule[] = []

afterEach(async () => {
  for (const application of open.splice(0)) await application.close()
})

/** A log that remembers, for Nest. */
export class RememberingLog implements LoggerService {
  readonly lines: string[] = []

  log(line: string, context?: string): void {
    this.lines.push(`log ${line} [${context}]`)
  }

  warn(line: string, context?: string): void {
    this.lines.push(`warn ${line} [${context}]`)
  }

  error(line: string, stack?: string, context?: string): void {
    this.lines.push(`error ${line} ${stack} [${context}]`)
  }

  debug(): void {}
}

/** An application of Nest without HTTP, started; if it starts, it is closed after the test. */
export async function started(
  parts: Parameters<typeof Test.createTestingModule>[0],
  change: (builder: TestingModuleBuilder) => TestingModuleBuilder = (builder) => builder,
): Promise<TestingModule> {
  const application = await change(Test.createTestingModule(parts).setLogger(new RememberingLog())).compile()
  await application.init()
  open.push(application)
  return application
}
