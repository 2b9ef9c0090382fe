/** With `true` a caller allows that what a provider cannot be asked is left out. */
export const DROP_HEADER = 'x-gateway-drop-params';
