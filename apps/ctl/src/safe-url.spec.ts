import { safeUrl } from './safe-url';

describe('safeUrl', () => {
  it.each([
    ['postgresql+asyncpg://postgres:hunter2@db:5432/ai_gateway', 'postgresql+asyncpg://postgres:***@db:5432/ai_gateway'],
    ['postgresql://u:p@ss/w:rd@db/x?sslmode=require', 'postgresql://u:***@db/x?sslmode=require'],
    ['postgresql://u@db/x?password=hunter2&sslmode=require', 'postgresql://u@db/x?password=***&sslmode=require'],
    ['redis://:hunter2@redis:6379/1', 'redis://:***@redis:6379/1'],
    ['redis+cluster://u:hunter2@h1:7000,h2:7001', 'redis+cluster://u:***@h1:7000,h2:7001'],
    ['redis://localhost:6379/0', 'redis://localhost:6379/0'],
  ])('shows %s as %s', (url, shown) => {
    expect(safeUrl(url)).toBe(shown);
  });
});
