import { NestFactory } from '@nestjs/core'
import { AppModule, CopyService } from './app.js'

async function main() {
  const application = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] })
  console.log(await application.get(CopyService).copy(3))
  await application.close()
}

void main()
