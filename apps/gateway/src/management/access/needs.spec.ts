import { Controller, Get, Module } from '@nestjs/common';
import { ManagementModule } from '../management.module';
import { ManagementController } from './management-controller';
import { managementRoutes } from './management-routes';
import { Needs } from './needs';

describe('the management routes', () => {
  const routes = managementRoutes(ManagementModule);

  it('change nothing with the permission to read alone', () => {
    const writes = routes.filter(({ method }) => method !== 'GET');
    expect(writes.length).toBeGreaterThan(5);
    expect(writes.filter(({ need }) => need.endsWith(':read'))).toEqual([]);
  });

  it('are open to anyone only where one signs in', () => {
    expect(routes.filter(({ need }) => need === 'anyone').map(({ path }) => path)).toEqual(['/auth/login', '/auth/password/reset', '/auth/refresh']);
  });

  it('are each there once', () => {
    const named = routes.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(named).size).toBe(named.length);
  });

  it('are not served when one names no permission', () => {
    @ManagementController('careless')
    class CarelessController {
      @Get() @Needs('keys:read') careful() {}
      @Get('all') list() {}
    }
    @Module({ controllers: [CarelessController] })
    class CarelessModule {}
    expect(() => managementRoutes(CarelessModule)).toThrow('CarelessController.list names no permission');
  });

  it('are not served when nobody guards one', () => {
    @Controller('open')
    class OpenController {
      @Get() @Needs('keys:read') list() {}
    }
    @Module({ controllers: [OpenController] })
    class OpenModule {}
    expect(() => managementRoutes(OpenModule)).toThrow('OpenController has no AccessGuard');
  });
});
