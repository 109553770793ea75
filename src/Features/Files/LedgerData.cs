using PureHDF;

namespace Mhim.Features.Files;

/// <summary>
/// The tile ledger in an HDF5 file, beside TRIDENT's own names: data set <c>ledger</c> [rows, columns] uint8, one <see cref="TileFate"/> each;
/// attribute <c>codes</c> names them, and there is one attribute per fate with its count, and <c>outside</c>.
/// </summary>
static class LedgerData
{
    const string Name = "ledger";

    internal static void Add(H5File file, TileLedger? ledger)
    {
        if (ledger is null)
            return;
        var data = new H5Dataset(Array.ConvertAll(ledger.Fates, fate => (byte)fate), fileDims: [(ulong)ledger.Rows, (ulong)ledger.Columns]);
        data.Attributes["codes"] = string.Join(", ", Enum.GetValues<TileFate>().Select(fate => $"{(int)fate} {TileLedger.WordOf(fate)}"));
        foreach (var (word, count) in ledger.Counts())
            data.Attributes[word] = count;
        file[Name] = data;
    }

    /// <summary>Null when the file has none: another program's, or an older one.</summary>
    internal static TileLedger? Read(IH5Group file)
    {
        if (!file.LinkExists(Name))
            return null;
        var data = file.Dataset(Name);
        var dims = data.Space.Dimensions;
        var fates = dims[0] * dims[1] == 0 ? [] : Array.ConvertAll(data.Read<byte[]>(), code => (TileFate)code);
        return new TileLedger((int)dims[1], (int)dims[0], fates, data.Attribute("outside").Read<long>());
    }
}
