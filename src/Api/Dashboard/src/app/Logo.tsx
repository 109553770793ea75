export const Logo = () => (
  <span className="logo">
    <svg viewBox="0 0 16 16" aria-hidden="true">
      {[0, 1, 2, 3, 4, 5, 6, 7, 8].map(i => (
        <rect key={i} x={1 + (i % 3) * 5} y={1 + Math.floor(i / 3) * 5} width="4" height="4" rx="1" opacity={i === 4 ? 0.25 : i % 2 ? 1 : 0.5} />
      ))}
    </svg>
    <span className="words">MHIM</span>
  </span>
);
