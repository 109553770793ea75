import { createRoot } from 'react-dom/client';
import './ui/tokens.css';
import './ui/base.css';
import './ui/ui.css';
import { App } from './app/App';

createRoot(document.getElementById('root')!).render(<App />);
