namespace Mhim.Tiling;
