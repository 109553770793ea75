using Mhim.Features.Files;

namespace Mhim.Features.Tests;

/// <summary>How HDF5 keeps numbers, whatever the layout: types that look like others, files that are cut off or lead in a circle.</summary>
public sealed class H5ReadingTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("mhim-h5-").FullName;

    public void Dispose() => Directory.Delete(folder, true);

    InputException Refused(string name)
    {
        var path = Path.Combine(folder, name);
        var error = Assert.Throws<InputException>(() => FeatureFile.Peek(path));
        Assert.Equal("features-unreadable", error.Code);
        Assert.Contains(name, error.Message);
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(error.Message, Assert.Throws<InputException>(() => FeatureFile.Read(path)).Message);
        return error;
    }

    /// <summary>Another program writes it: on Unix the lock is advisory, and .NET keeps to it.</summary>
    [Fact]
    public void A_file_that_cannot_be_opened_is_named()
    {
        using var held = new FileStream(Path.Combine(folder, "held.h5"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        Refused("held.h5");
    }

    /// <summary>Cut where only numbers lie, which the rest of the file does not miss; HDF5 itself refuses it by its length too.</summary>
    [H5PyTheory]
    [InlineData("earliest")]
    [InlineData("latest")]
    public void A_file_that_is_cut_off_says_so_before_its_numbers_are_read(string version)
    {
        H5Py.Run(folder, $"""
            with h5py.File('cut.h5', 'w', libver='{version}') as f:
                f['coords'] = np.zeros((500, 2), np.int64)
                f['features'] = np.ones((500, 64), 'f4')
            whole = open('cut.h5', 'rb').read()
            open('cut.h5', 'wb').write(whole[:-1])
            open('whole.h5', 'wb').write(whole)
            """);
        var length = new FileInfo(Path.Combine(folder, "cut.h5")).Length;
        Assert.Contains($"cut off: it has {length} of {length + 1} bytes", Refused("cut.h5").Message);
        var said = FeatureFile.Peek(Path.Combine(folder, "whole.h5"))!;
        Assert.Equal((0, 64), (said.Count, said.Dim));
    }

    /// <summary>As libraries that know the type write it; h5py itself reads such files as float32.</summary>
    [H5PyTheory]
    [InlineData("")]
    [InlineData("plist.set_chunk((1, 3)); plist.set_deflate(4)")]
    public void Bfloat16_is_not_taken_for_float16(string storage)
    {
        H5Py.Run(folder, $$"""
            t = h5py.h5t.IEEE_F32LE.copy()
            t.set_fields(15, 7, 8, 0, 7); t.set_precision(16); t.set_ebias(127); t.set_size(2)
            plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE); {{storage}}
            values = np.array([[1, -2.5, 65536], [2**100, -2**-100, 0.15625]], np.float32)
            with h5py.File('B.h5', 'w') as f:
                d = h5py.h5d.create(f.id, b'features', t, h5py.h5s.create_simple(values.shape), plist)
                d.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
                f['coords'] = np.zeros((2, 2), np.int64)
                assert d.get_type().get_size() == 2 and (f['features'][:] == values).all()
            """);
        Assert.Equal([1, -2.5f, 65536, float.Pow(2, 100), -float.Pow(2, -100), 0.15625f], FeatureFile.Read(Path.Combine(folder, "B.h5")).Bag.Features);
    }

    [H5PyFact]
    public void Other_numbers_of_16_bits_are_refused()
    {
        H5Py.Run(folder, """
            t = h5py.h5t.IEEE_F32LE.copy()
            t.set_fields(15, 9, 6, 0, 9); t.set_precision(16); t.set_ebias(31); t.set_size(2)
            with h5py.File('X.h5', 'w') as f:
                h5py.h5d.create(f.id, b'features', t, h5py.h5s.create_simple((2, 3)))
            """);
        Assert.Contains("6 bits of exponent", Refused("X.h5").Message);
    }

    /// <summary>Nodes of a group's or of a data set's directory (HDF5 format, version 1 B-trees) that name themselves as their children: without a guard the process ends.</summary>
    [H5PyTheory]
    [InlineData(0, 8)]
    [InlineData(1, 8 + 3 * 8)]
    public void A_file_whose_addresses_lead_in_a_circle_is_refused(int nodeType, int keyBytes)
    {
        H5Py.Run(folder, $"""
            with h5py.File('circle.h5', 'w') as f:
                f.create_dataset('features', data=np.ones((200, 3), 'f4'), chunks=(10, 3))
                f.create_dataset('coords', data=np.zeros((200, 2), 'i8'))
            b = bytearray(open('circle.h5', 'rb').read())
            at = next(i for i in range(len(b)) if b[i:i + 5] == b'TREE' + bytes([{nodeType}]))
            b[at + 5] = 1
            for child in range(b[at + 6]):
                place = at + 24 + {keyBytes} + child * ({keyBytes} + 8)
                b[place:place + 8] = at.to_bytes(8, 'little')
            open('circle.h5', 'wb').write(b)
            """);
        Assert.EndsWith("lead in a circle", Assert.Throws<InputException>(() => FeatureFile.Read(Path.Combine(folder, "circle.h5"))).Message);
    }
}
