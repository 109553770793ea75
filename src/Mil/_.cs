namespace Mhim.Mil;
