import { OptionCheck } from '../domain/check-option.js'
import type { Page } from './job-repository.js'
import type { StepSummariesRequest } from './partitions.js'

/** The most entries that one page gives. */
export const MAX_PAGE = 1000

/** Checks a page and fills in its defaults: from the first, 100 entries. */
export function pageBounds(page: Page = {}): Required<Page> {
  const check = new OptionCheck('page')
  check.object(page, ['offset', 'limit'])
  return {
    offset: check.integer('offset', page.offset ?? 0, 0),
    limit: check.integer('limit', page.limit ?? 100, 1, MAX_PAGE),
  }
}

/** Checks a request to sum up steps: at most a page of names. */
export function checkSummaries(request: StepSummariesRequest): StepSummariesRequest {
  const { length } = request.stepNames
  if (length > MAX_PAGE) new OptionCheck('summarizeSteps').fail('stepNames.length', length, `at most ${MAX_PAGE}`)
  return request
}
