namespace Mhim.Data;
