import type { Endpoint } from '@higress/kernel';
import type { Behaviour } from '../behaviour';
import type { SimulatedAnswer } from '../simulated-answer';
import type { Simulation } from '../simulation';
import { imagesAnswer } from './images-answer';
import { speechAnswer } from './speech-answer';
import { transcriptionAnswer } from './transcription-answer';

/** How the simulator makes pictures and sound, and hears. */
export const MEDIA_ANSWERS: Partial<Record<Endpoint, (call: Simulation, behaviour: Behaviour) => SimulatedAnswer>> = {
  'images/generations': imagesAnswer,
  'images/edits': imagesAnswer,
  'audio/speech': speechAnswer,
  'audio/transcriptions': transcriptionAnswer,
  'audio/translations': transcriptionAnswer,
};
