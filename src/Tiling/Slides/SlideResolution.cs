namespace Mhim.Tiling.Slides;

/// <summary>
/// The verdict on the µm per pixel of a slide: what the user says, then <c>openslide.mpp-x</c>, then keys of the makers, then the TIFF resolution
/// (INTEROP.md, "mpp keys in order of trust"), each checked against the others and against the objective power, which is a cross-check only. What is
/// missing, implausible or contradictory is not guessed.
/// </summary>
internal static class SlideResolution
{
    /// <summary>Resolutions that whole-slide scanners and their exports have, µm per pixel.</summary>
    internal const double Finest = 0.1, Coarsest = 5;

    /// <summary>TIFF tags alone, which any image tool writes, are believed only where scanners scan: 5× (2 µm per pixel) and finer.</summary>
    internal const double CoarsestByTiff = 2;

    /// <summary>40× ≈ 0.25, 20× ≈ 0.5, where camera and lenses make it so. Two sources of µm per pixel that differ by more than this factor contradict each other.</summary>
    internal const double Contradiction = 1.7;

    /// <summary>
    /// How far what a scanner says of its pixels may be from its objective: 20× stands on slides of 0.23 µm per pixel (3DHISTECH, Zeiss), since adapters and cameras
    /// count too. More than this is no optics but a wrong unit or decimal point.
    /// </summary>
    internal const double FarFromPower = 5;

    /// <summary>Two sources that differ by this share or less agree.</summary>
    const double Agreement = 0.05;

    const string WayOut = "say it with --mpp (µm per pixel of the full-size level), for example --mpp 0.25";

    internal static Resolution Of(string path, IReadOnlyDictionary<string, string> properties, double? user)
    {
        var claims = ResolutionClaims.Of(properties);
        double? power = ResolutionClaims.Number(properties, "openslide.objective-power") is > 0 and { } said ? said : null;
        if (user is { } stated)
            return ByUser(stated, claims);
        if (claims.Count == 0)
            return Doubt(null, ResolutionSource.None, "mpp-missing", $"'{path}' does not say its resolution; {WayOut}.", Notes([], power));

        var (first, others) = (claims[0], claims.GetRange(1, claims.Count - 1));
        var notes = Notes(others, power);
        double mpp = first.X;
        if (mpp is not (>= Finest and <= Coarsest))
            return Doubt(mpp, first.Source, "mpp-implausible",
                $"'{path}' says {mpp:0.####} µm per pixel ({first.Key}), which no slide has ({Finest} to {Coarsest} is plausible); {WayOut}.", notes);
        if (first.Source == ResolutionSource.Tiff && mpp > CoarsestByTiff)
            return Doubt(mpp, first.Source, "mpp-implausible",
                $"'{path}' says {mpp:0.####} µm per pixel in its TIFF tags alone, coarser than slides are scanned ({Finest} to {CoarsestByTiff}); if it is right say --mpp {mpp:0.####}, otherwise the true µm per pixel of the full-size level.", notes);
        if (first.Y is { } down && Math.Abs(down - mpp) > 0.1 * mpp)
            return Doubt(mpp, first.Source, "mpp-contradictory",
                $"'{path}' says {mpp:0.####} µm per pixel across and {down:0.####} down ({first.Key}); {WayOut}.", notes);
        // Implausible tags (72 dpi) are what image tools write when they know nothing: no witness.
        if (others.Find(other => Plausible(other.X) && Factor(mpp, other.X) > Contradiction) is { } against)
            return Doubt(mpp, first.Source, "mpp-contradictory",
                $"'{path}' says {mpp:0.####} µm per pixel ({first.Key}) but {against.X:0.####} ({against.Key}); {WayOut}.", notes);
        // Tags that any image tool writes have nothing but the objective to vouch for them.
        if (power is { } named && Factor(mpp, 10 / named) > (first.Source == ResolutionSource.Tiff ? Contradiction : FarFromPower))
            return Doubt(mpp, first.Source, "mpp-contradictory",
                $"'{path}' says {mpp:0.####} µm per pixel ({first.Key}) but an objective of {named:0.#}×, which means about {10 / named:0.###}; {WayOut}.", notes);

        // The very same number is the same key read twice (OpenSlide takes its own from the maker's), not a second witness.
        bool besidePower = power is { } objective && Factor(mpp, 10 / objective) > Contradiction;
        bool confirmed = power is not null && !besidePower || others.Exists(other => Math.Abs(other.X - mpp) > 1e-9 && Factor(mpp, other.X) <= 1 + Agreement);
        bool disputed = besidePower || others.Exists(other => Plausible(other.X) && Factor(mpp, other.X) > 1 + 2 * Agreement);
        var confidence = disputed ? ResolutionConfidence.Low
            : first.Source == ResolutionSource.Tiff ? confirmed ? ResolutionConfidence.Medium : ResolutionConfidence.Low
            : confirmed ? ResolutionConfidence.High : ResolutionConfidence.Medium;
        return new Resolution(mpp, first.Source, null, null) { Confidence = confidence, Notes = notes };
    }

    // The user is believed; what the file says otherwise is shown.
    static Resolution ByUser(double stated, List<ResolutionClaim> claims)
    {
        var notes = Notes(claims, null);
        bool disputed = claims.Exists(claim => Plausible(claim.X) && Factor(stated, claim.X) > Contradiction);
        if (!Plausible(stated))
            notes.Add($"{Finest} to {Coarsest} µm/px is plausible");
        return new Resolution(stated, ResolutionSource.User, null, null)
        {
            Confidence = disputed || !Plausible(stated) ? ResolutionConfidence.Medium : ResolutionConfidence.High,
            Notes = notes,
        };
    }

    static List<string> Notes(IEnumerable<ResolutionClaim> claims, double? power)
    {
        var notes = claims.Select(claim => $"{claim.Key} {claim.X:0.####} µm/px{(Plausible(claim.X) ? "" : ", not plausible, not counted")}").ToList();
        if (power is { } named)
            notes.Add($"objective {named:0.#}x, about {10 / named:0.###} µm/px");
        return notes;
    }

    static bool Plausible(double mpp) => mpp is >= Finest and <= Coarsest;

    static double Factor(double a, double b) => a > 0 && b > 0 ? Math.Max(a / b, b / a) : double.PositiveInfinity;

    static Resolution Doubt(double? mpp, ResolutionSource source, string code, string sentence, List<string> notes) => new(mpp, source, sentence, code) { Notes = notes };
}
