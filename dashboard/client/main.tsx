import './styles/page.css';
import './styles/tables.css';
import './styles/parts.css';
import './styles/views.css';
import './styles/narrow.css';
import { render } from 'preact';
import { startFeed } from './live/feed.ts';
import { followAddress } from './live/place.ts';
import { applySettings } from './live/settings.ts';
import { Shell } from './shell.tsx';

const root = document.getElementById('app');
if (!root) throw new Error('the page has no #app');

applySettings();
followAddress();
startFeed();
render(<Shell />, root);
